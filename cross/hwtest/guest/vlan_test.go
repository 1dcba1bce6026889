package guest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/path"
)

// A cable with an untagged network and VLAN 30 leads to a host that has the target's
// address behind both:
//
//	closet 10.9.0.1 --- trunk0 ======= far0 --- 10.9.0.2  host
//	       10.9.30.1 -- trunk0.30 === far0.30 - 10.9.30.2  10.9.99.9
//
// The untagged way is the better route.
const (
	vlan       = 30
	tagged     = "trunk0.30"
	targetHost = "10.9.99.9"
	targetPort = "7007"
)

// farHost counts what arrives for the target, by the tag of its frame.
type farHost struct {
	mu   sync.Mutex
	tags map[int]int // guarded by mu; frames by VLAN, 0 for untagged ones
}

// startFarHost makes both ends and answers TCP on the target's address.
func startFarHost(t *testing.T) *farHost {
	t.Helper()
	h := &farHost{tags: map[int]int{}}
	thread, built, gone := make(chan int), make(chan error), make(chan struct{})
	cabled, stop := make(chan error), make(chan struct{})
	go func() {
		defer close(gone)
		runtime.LockOSThread() // never unlocked: the namespace ends with the thread
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			thread <- 0
			return
		}
		thread <- unix.Gettid()
		if <-cabled != nil {
			return
		}
		listener, sniffer, err := h.build()
		built <- err
		if err != nil {
			return
		}
		var work sync.WaitGroup
		work.Go(func() { answerAll(listener) })
		work.Go(func() { h.sniff(sniffer, stop) })
		<-stop
		_ = listener.Close()
		work.Wait()
		_ = unix.Close(sniffer)
	}()
	tid := <-thread
	if tid == 0 {
		t.Fatal("no namespace of its own")
	}
	err := addVeth("trunk0", "far0", tid)
	cabled <- err
	must(t, err)
	t.Cleanup(func() { close(stop); <-gone })
	must(t, <-built)
	must(t, errors.Join(setLink("trunk0", true), addVLAN("trunk0", vlan)))
	must(t, errors.Join(setLink(tagged, true), addAddress("trunk0", "10.9.0.1/24"), addAddress(tagged, "10.9.30.1/24")))
	must(t, errors.Join(addRoute(targetHost, "10.9.0.2", "trunk0", 10), addRoute(targetHost, "10.9.30.2", tagged, 20)))
	return h
}

// build runs on the thread of the far host.
func (h *farHost) build() (net.Listener, int, error) {
	err := errors.Join(setLink("lo", true), setLink("far0", true), addVLAN("far0", vlan))
	if err == nil {
		err = errors.Join(setLink("far0.30", true), addAddress("far0", "10.9.0.2/24"),
			addAddress("far0.30", "10.9.30.2/24"), addAddress("lo", targetHost+"/32"))
	}
	if err != nil {
		return nil, 0, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp4", net.JoinHostPort(targetHost, targetPort))
	if err != nil {
		return nil, 0, err
	}
	sniffer, err := openSniffer("far0")
	return listener, sniffer, err
}

func answerAll(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_ = c.Close()
	}
}

// openSniffer sees every frame of an interface, with its tag beside it, since the
// kernel takes the tag off before (packet(7), PACKET_AUXDATA).
func openSniffer(name string) (int, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return 0, err
	}
	const every = unix.ETH_P_ALL<<8&0xff00 | unix.ETH_P_ALL>>8
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, every)
	if err != nil {
		return 0, err
	}
	limit := unix.NsecToTimeval((50 * time.Millisecond).Nanoseconds())
	return fd, errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: every, Ifindex: i.Index}))
}

func (h *farHost) sniff(fd int, stop <-chan struct{}) {
	frame, aux := make([]byte, 2048), make([]byte, 128)
	for {
		select {
		case <-stop:
			return
		default:
		}
		n, m, _, _, err := unix.Recvmsg(fd, frame, aux, 0)
		if err != nil || !forTarget(frame[:n]) {
			continue
		}
		h.mu.Lock()
		h.tags[tagOf(aux[:m])]++
		h.mu.Unlock()
	}
}

// forTarget reports whether a frame holds IPv4 for the target.
func forTarget(frame []byte) bool {
	return len(frame) >= 34 && binary.BigEndian.Uint16(frame[12:]) == unix.ETH_P_IP &&
		[4]byte(frame[30:34]) == netip.MustParseAddr(targetHost).As4()
}

// tagOf reads struct tpacket_auxdata: status, len, snaplen, mac, net, vlan_tci, vlan_tpid.
func tagOf(control []byte) int {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return -1
	}
	for _, m := range messages {
		if m.Header.Type == unix.PACKET_AUXDATA && binary.NativeEndian.Uint32(m.Data)&unix.TP_STATUS_VLAN_VALID != 0 {
			return int(binary.NativeEndian.Uint16(m.Data[16:]) & 0xfff)
		}
	}
	return 0
}

// seen returns the frames by tag since it was asked last.
func (h *farHost) seen() map[int]int {
	time.Sleep(200 * time.Millisecond) // the last ones are still on their way through the sniffer
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.tags
	h.tags = map[int]int{}
	return out
}

// A probe bound to a VLAN interface leaves by it only, though the route that needs
// no tag is better; without the binding it takes that route; with the VLAN down
// nothing leaves at all.
func TestProbeLeavesByItsVLAN(t *testing.T) {
	h := startFarHost(t)
	prober := path.NewNet(quiet())
	defer prober.Close()
	ask := func(x path.Target) path.Result {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		x.Name, x.Layer = "target", path.Gateway
		return prober.Probe(ctx, x)
	}
	tcp := net.JoinHostPort(targetHost, targetPort)
	for _, c := range []struct {
		name   string
		target path.Target
		tag    int
	}{
		{"tcp as the routes say", path.Target{Address: tcp}, 0},
		{"tcp by the VLAN", path.Target{Address: tcp, Interface: tagged}, vlan},
		{"ping as the routes say", path.Target{Address: targetHost}, 0},
		{"ping by the VLAN", path.Target{Address: targetHost, Interface: tagged}, vlan},
	} {
		h.seen()
		r := ask(c.target)
		tags := h.seen()
		if r.Outcome != reading.ProbeAnswered || r.Method != c.target.How() {
			t.Errorf("%s: %+v", c.name, r)
		}
		if tags[c.tag] == 0 || len(tags) != 1 {
			t.Errorf("%s: frames by tag %v, want all on %d", c.name, tags, c.tag)
		}
		t.Attr("measured", fmt.Sprintf("%s: %d frames on %d", c.name, tags[c.tag], c.tag))
	}
	must(t, setLink(tagged, false))
	for _, address := range []string{tcp, targetHost} {
		r := ask(path.Target{Address: address, Interface: tagged})
		if tags := h.seen(); r.Outcome != reading.ProbeNoRoute || len(tags) != 0 {
			t.Errorf("with the VLAN down: %+v, frames by tag %v", r, tags)
		}
	}
}
