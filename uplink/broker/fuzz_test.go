package broker

import (
	"strings"
	"testing"

	"rackvakt/uplink/record"
)

// What a closet may write or read is always of its own id, and never both.
func FuzzRights(f *testing.F) {
	for _, s := range []string{
		"rackvakt/v1/vast/kil.k1/alarm", "rackvakt/v1/+/kil.k1/ack", "rackvakt/v1/vast/+/ack", "rackvakt/v1/vast/kil.k1/state/fixed",
		"rackvakt/v1/+/+/#", "#", "", "rackvakt/v1/any/kil.k1/ack/", "rackvakt/v1/vast/kil.k1/birth/../x", "$SYS/#",
	} {
		f.Add(s)
	}
	id := record.ClosetID{Site: "kil", Closet: "k1"}
	f.Fuzz(func(t *testing.T, topic string) {
		w, r := mayWrite(id, topic), mayRead(id, topic)
		if w && r {
			t.Errorf("%q: may be written and read", topic)
		}
		if (w || r) && strings.Split(topic, "/")[3] != "kil.k1" {
			t.Errorf("%q: not its own", topic)
		}
		if w && strings.ContainsAny(topic, "+#") || strings.Contains(topic, "#") && r {
			t.Errorf("%q: wildcard", topic)
		}
	})
}

func TestMosquittoTextHoldsEveryLeaf(t *testing.T) {
	acl := MosquittoACL("collector")
	for _, want := range []string{
		"pattern write rackvakt/v1/+/%u/state/+\n", "pattern write rackvakt/v1/+/%u/alarm\n", "pattern write rackvakt/v1/+/%u/metrics\n",
		"pattern write rackvakt/v1/+/%u/birth/+\n", "pattern write rackvakt/v1/+/%u/now\n", "pattern write rackvakt/v1/+/%u/hb\n",
		"pattern read rackvakt/v1/+/%u/ack\n", "pattern read rackvakt/v1/+/%u/desired\n", "pattern read rackvakt/v1/+/%u/cmd\n",
		"user collector\n", "topic write rackvakt/v1/+/+/ack\n",
	} {
		if !strings.Contains(acl, want) {
			t.Errorf("no line %q in\n%s", want, acl)
		}
	}
	conf := Mosquitto(MosquittoOptions{Listen: "8883"})
	for _, want := range []string{"use_identity_as_username true\n", "require_certificate true\n", "max_queued_messages 0\n", "max_inflight_messages 1000\n"} {
		if !strings.Contains(conf, want) {
			t.Errorf("no line %q in\n%s", want, conf)
		}
	}
}
