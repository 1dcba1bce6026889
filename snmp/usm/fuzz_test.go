package usm

import (
	"bytes"
	"testing"
	"time"

	"rackvakt/snmp/ber"
)

// FuzzOpen: no message opens but what the keys have sealed, and every answer to one
// can be read again.
func FuzzOpen(f *testing.F) {
	start := time.Unix(1_700_000_000, 0)
	now := start.Add(time.Minute)
	var all []*Keys
	for _, priv := range []string{"aes", "des", "aes256c"} {
		m, err := New(Secrets{"sha256", "a passphrase for " + priv, priv, "another one"})
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, m.Localize(engineID(1)))
	}
	for _, k := range all {
		b := sealed(k, 2, 60)
		f.Add(b)
		f.Add(b[:len(b)-5])
	}
	f.Add(ber.Message3{ID: 1, Flags: ber.FlagReportable, Model: ber.ModelUSM, Scoped: trap}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ber.ParseMessage3(b)
		if err != nil {
			return
		}
		original := string(b)
		e := Engine{ID: engineID(1), Boots: 2, Started: start}
		plain, k, fault := e.Open(b, m, now, all)
		if string(b) != original {
			t.Error("the message is changed")
		}
		if fault == 0 && !bytes.HasPrefix(plain, trap) {
			t.Errorf("% x opens", b)
		}
		if fault != 0 {
			b = e.Report(m, fault, now, k)
		} else {
			b = e.Answer(m, now, k, plain)
		}
		if b == nil {
			return
		}
		if _, err := ber.ParseMessage3(b); err != nil {
			t.Errorf("answer % x: %v", b, err)
		}
	})
}
