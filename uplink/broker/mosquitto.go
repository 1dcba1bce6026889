package broker

import (
	"fmt"
	"strings"

	"rackvakt/uplink/record"
)

// MosquittoOptions fill in the configuration of a Mosquitto 2 that stands in for
// the embedded broker.
type MosquittoOptions struct {
	// Listen is the port, or port and address as Mosquitto writes it: "8883 10.1.2.3".
	Listen string
	// CA signs closets and collector; Certificate and Key are the broker's.
	CA, Certificate, Key string
	// ACLFile is where the text of MosquittoACL stands.
	ACLFile string
	// Extra are further lines, such as log_dest; empty: none.
	Extra []string
}

// Mosquitto returns mosquitto.conf. What it leaves at its default would lose
// records in a burst (max_queued_messages 1000) or let sessions pile up.
func Mosquitto(o MosquittoOptions) string {
	var b strings.Builder
	b.WriteString("# Mosquitto as the broker of rackvakt-collector: mutual TLS, rights by certificate.\n")
	for _, l := range [...][2]string{
		{"per_listener_settings", "false"},
		{"listener", o.Listen},
		{"cafile", o.CA}, {"certfile", o.Certificate}, {"keyfile", o.Key},
		{"require_certificate", "true"},
		{"use_identity_as_username", "true"},
		{"allow_anonymous", "false"},
		{"acl_file", o.ACLFile},
		{"max_queued_messages", "0"},
		{"max_inflight_messages", "1000"},
		{"max_packet_size", fmt.Sprint(maxPacket)},
		{"max_keepalive", "120"},
		{"persistence", "false"},
	} {
		fmt.Fprintf(&b, "%s %s\n", l[0], l[1])
	}
	for _, line := range o.Extra {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// MosquittoACL returns the acl_file: the rights of protocol.md by certificate CN,
// and those of the collector, whose certificate has the CN collector.
func MosquittoACL(collector string) string {
	var b strings.Builder
	b.WriteString("# Rights of rackvakt. %u is the CN of the certificate: <site>.<closet>.\n")
	for _, t := range []struct {
		leaf record.Leaf
		sub  string
	}{
		{record.LeafState, "/+"}, {record.LeafBirth, "/+"}, {record.LeafNow, ""}, {record.LeafHB, ""},
		{record.LeafAlarm, ""}, {record.LeafMetrics, ""},
		{record.LeafAck, ""}, {record.LeafDesired, ""}, {record.LeafCmd, ""},
	} {
		right := "read"
		if t.leaf.FromCloset() {
			right = "write"
		}
		fmt.Fprintf(&b, "pattern %s %s+/%%u/%s%s\n", right, record.TopicPrefix, t.leaf, t.sub)
	}
	fmt.Fprintf(&b, "\nuser %s\n", collector)
	fmt.Fprintf(&b, "topic read %s#\n", record.TopicPrefix)
	for _, leaf := range []record.Leaf{record.LeafAck, record.LeafDesired, record.LeafCmd} {
		fmt.Fprintf(&b, "topic write %s+/+/%s\n", record.TopicPrefix, leaf)
	}
	return b.String()
}
