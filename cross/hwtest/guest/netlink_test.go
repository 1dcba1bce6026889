package guest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// The guest has no ip(8), so links, addresses and routes are asked of the kernel
// directly (rtnetlink(7)).

// attribute is one netlink attribute, filled up to four octets.
func attribute(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	return append(b, make([]byte, -len(b)&3)...)
}

func text(s string) []byte { return append([]byte(s), 0) }

func number(n int) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(n)) }

func join(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// linkHeader is struct ifinfomsg.
func linkHeader(index int, flags, change uint32) []byte {
	b := make([]byte, 4, unix.SizeofIfInfomsg)
	b = append(b, number(index)...)
	b = binary.NativeEndian.AppendUint32(b, flags)
	return binary.NativeEndian.AppendUint32(b, change)
}

// netlink sends one request and waits for its acknowledgement. It works in the
// namespace of the calling thread.
func netlink(kind uint16, flags uint16, payload []byte) (err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("netlink: %w", err)
	}
	defer func() { err = errors.Join(err, unix.Close(fd)) }()
	b := binary.NativeEndian.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, flags|unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	b = append(b, make([]byte, 8)...)
	if err := unix.Sendto(fd, append(b, payload...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("netlink: %w", err)
	}
	answer := make([]byte, 8192)
	n, _, err := unix.Recvfrom(fd, answer, 0)
	if err != nil {
		return fmt.Errorf("netlink: %w", err)
	}
	if n < unix.SizeofNlMsghdr+4 {
		return fmt.Errorf("netlink: an answer of %d octets", n)
	}
	if code := int32(binary.NativeEndian.Uint32(answer[unix.SizeofNlMsghdr:])); code != 0 {
		return fmt.Errorf("netlink request %d: %w", kind, unix.Errno(-code))
	}
	return nil
}

// addVeth makes a cable from name here to peer in the namespace of a thread.
func addVeth(name, peer string, thread int) error {
	far := join(linkHeader(0, 0, 0), attribute(unix.IFLA_IFNAME, text(peer)), attribute(unix.IFLA_NET_NS_PID, number(thread)))
	const vethPeer = 1 // VETH_INFO_PEER
	return netlink(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, join(linkHeader(0, 0, 0),
		attribute(unix.IFLA_IFNAME, text(name)),
		attribute(unix.IFLA_LINKINFO, join(
			attribute(unix.IFLA_INFO_KIND, text("veth")),
			attribute(unix.IFLA_INFO_DATA, attribute(vethPeer, far))))))
}

// addVLAN makes the tagged interface name.id of name.
func addVLAN(name string, id uint16) error {
	parent, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	return netlink(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, join(linkHeader(0, 0, 0),
		attribute(unix.IFLA_IFNAME, text(fmt.Sprintf("%s.%d", name, id))),
		attribute(unix.IFLA_LINK, number(parent.Index)),
		attribute(unix.IFLA_LINKINFO, join(
			attribute(unix.IFLA_INFO_KIND, text("vlan")),
			attribute(unix.IFLA_INFO_DATA, attribute(unix.IFLA_VLAN_ID, binary.NativeEndian.AppendUint16(nil, id)))))))
}

// setLink sets an interface up or down.
func setLink(name string, up bool) error {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	flags := uint32(0)
	if up {
		flags = unix.IFF_UP
	}
	return netlink(unix.RTM_NEWLINK, 0, linkHeader(i.Index, flags, unix.IFF_UP))
}

// addAddress gives an interface an address.
func addAddress(name, prefix string) error {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	p := netip.MustParsePrefix(prefix)
	header := append([]byte{unix.AF_INET, byte(p.Bits()), 0, 0}, number(i.Index)...)
	return netlink(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL, join(header,
		attribute(unix.IFA_LOCAL, p.Addr().AsSlice()), attribute(unix.IFA_ADDRESS, p.Addr().AsSlice())))
}

// addRoute sends what is for one address by a router on an interface; of two routes
// the one with the lower metric counts.
func addRoute(to, by, name string, metric int) error {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	header := []byte{unix.AF_INET, 32, 0, 0, unix.RT_TABLE_MAIN, unix.RTPROT_STATIC, unix.RT_SCOPE_UNIVERSE, unix.RTN_UNICAST, 0, 0, 0, 0}
	return netlink(unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_EXCL, join(header,
		attribute(unix.RTA_DST, netip.MustParseAddr(to).AsSlice()),
		attribute(unix.RTA_GATEWAY, netip.MustParseAddr(by).AsSlice()),
		attribute(unix.RTA_OIF, number(i.Index)),
		attribute(unix.RTA_PRIORITY, number(metric))))
}
