package usm

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
)

func engineID(last byte) []byte { return append(make([]byte, 11), last) }

// The keys of RFC 3414 appendices A.3.1 and A.3.2.
func TestLocalKey(t *testing.T) {
	for name, want := range map[string][]byte{
		"md5": {0x52, 0x6f, 0x5e, 0xed, 0x9f, 0xcc, 0xe2, 0x6f, 0x89, 0x64, 0xc2, 0x93, 0x07, 0x87, 0xd8, 0x2b},
		"sha": {0x66, 0x95, 0xfe, 0xbc, 0x92, 0x88, 0xe3, 0x62, 0x82, 0x23, 0x5f, 0xc7, 0x15, 0x1f, 0x12, 0x84, 0x97, 0xb3, 0x8f, 0x3f},
	} {
		m, err := New(Secrets{AuthProtocol: name, AuthPassphrase: "maplesyrup", PrivProtocol: "aes", PrivPassphrase: "maplesyrup"})
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Localize(engineID(2)).authKey; !bytes.Equal(got, want) {
			t.Errorf("%s: % x", name, got)
		}
	}
}

func keys(t *testing.T, auth, priv string) *Keys {
	t.Helper()
	m, err := New(Secrets{auth, "a passphrase", priv, "another one"})
	if err != nil {
		t.Fatal(err)
	}
	return m.Localize(engineID(1))
}

var trap = ber.AppendScoped(nil, engineID(1), "", ber.PDU{Type: ber.Get, ID: 7, Varbinds: []pdu.Varbind{{OID: pdu.MustOID("1.3.6.1")}}})

func sealed(k *Keys, boots, seconds int64) []byte {
	return k.Seal(ber.Message3{ID: 3, Flags: ber.FlagAuth | ber.FlagPriv | ber.FlagReportable, Model: ber.ModelUSM,
		EngineID: engineID(1), Boots: boots, Time: seconds, User: "u", Scoped: trap})
}

// Every pair of protocols reads what it wrote, and notices one changed bit anywhere.
func TestPairs(t *testing.T) {
	for auth := range authProtocols {
		for priv := range privProtocols {
			k := keys(t, auth, priv)
			b := sealed(k, 1, 5)
			m, err := ber.ParseMessage3(b)
			if err != nil || !k.Verify(b, m) || !k.Verify(b, m) {
				t.Errorf("%s %s: not verified, %v", auth, priv, err)
				continue
			}
			if plain, ok := k.Decrypt(m); !ok || !bytes.HasPrefix(plain, trap) {
				t.Errorf("%s %s: decrypted % x", auth, priv, plain)
			}
			if bytes.Contains(b, trap) {
				t.Errorf("%s %s: sent in clear", auth, priv)
			}
			b[len(b)-1] ^= 1
			if k.Verify(b, m) {
				t.Errorf("%s %s: a changed message is verified", auth, priv)
			}
		}
	}
}

func TestEngineOpens(t *testing.T) {
	start := time.Now()
	e := Engine{ID: engineID(1), Boots: 2, Started: start}
	k, stranger := keys(t, "sha256", "aes"), keys(t, "sha", "aes")
	now := start.Add(1000 * time.Second)
	for name, c := range map[string]struct {
		boots, seconds int64
		keys           []*Keys
		want           Fault
	}{
		"good":              {2, 1000, []*Keys{k}, 0},
		"second candidate":  {2, 1000, []*Keys{stranger, k}, 0},
		"edge of window":    {2, 850, []*Keys{k}, 0},
		"too old":           {2, 849, []*Keys{k}, NotInWindow},
		"from the future":   {2, 1151, []*Keys{k}, NotInWindow},
		"earlier boot":      {1, 1000, []*Keys{k}, NotInWindow},
		"later boot":        {3, 1000, []*Keys{k}, NotInWindow},
		"nobody":            {2, 1000, nil, UnknownUser},
		"other passphrases": {2, 1000, []*Keys{stranger}, WrongDigest},
	} {
		b := sealed(k, c.boots, c.seconds)
		m, err := ber.ParseMessage3(b)
		if err != nil {
			t.Fatal(err)
		}
		scoped, with, f := e.Open(b, m, now, c.keys)
		if f != c.want || (f == 0) != bytes.HasPrefix(scoped, trap) || (with != nil) != (f == 0 || f == NotInWindow) {
			t.Errorf("%s: fault %d, want %d", name, f, c.want)
		}
	}
	m := ber.Message3{EngineID: engineID(1), Flags: ber.FlagAuth, User: "u"}
	if _, _, f := e.Open(nil, m, now, []*Keys{k}); f != UnknownLevel {
		t.Errorf("not encrypted: fault %d", f)
	}
	if m.EngineID = engineID(9); e.Report(m, UnknownEngine, now, nil) != nil {
		t.Error("a Report that nobody wants")
	}
	if _, _, f := e.Open(nil, m, now, []*Keys{k}); f != UnknownEngine {
		t.Errorf("other engine: fault %d", f)
	}
}

// A Report of the time is signed, one of the engine is in clear; both name it.
func TestReports(t *testing.T) {
	start := time.Now()
	e := Engine{ID: engineID(1), Boots: 2, Started: start}
	k := keys(t, "sha256", "aes")
	for fault, k := range map[Fault]*Keys{NotInWindow: k, UnknownEngine: nil} {
		b := e.Report(ber.Message3{ID: 9, Flags: ber.FlagReportable}, fault, start.Add(time.Minute), k)
		m, err := ber.ParseMessage3(b)
		if err != nil || m.Boots != 2 || m.Time != 60 || !slices.Equal(m.EngineID, e.ID) || m.ID != 9 {
			t.Fatalf("%+v, %v", m, err)
		}
		if k != nil && !k.Verify(b, m) {
			t.Error("not signed")
		}
		if _, _, p, err := ber.ParseScoped(m.Scoped); err != nil || p.Type != ber.Report || p.Varbinds[0].OID != usmStats.With(uint32(fault), 0) {
			t.Errorf("%+v, %v", p, err)
		}
	}
}

// RFC 3414 section 3.2, step 7b, in order on one Notion.
func TestNotion(t *testing.T) {
	start := time.Now()
	var n Notion
	for i, c := range []struct {
		after          time.Duration
		boots, seconds int64
		want           bool
	}{
		{0, 5, 1000, true},                  // the first is believed
		{0, 5, 1000, true},                  // again: in the window, but not new
		{time.Second, 5, 860, true},         // out of order
		{time.Second, 5, 850, false},        // one second too old now
		{200 * time.Second, 5, 1000, false}, // kept back and played again
		{200 * time.Second, 5, 1100, true},  // a slow clock is newer than what was seen
		{200 * time.Second, 4, 9000, false}, // before the last boot
		{201 * time.Second, 6, 0, true},     // restarted
		{201 * time.Second, 5, 9999, false}, // before the restart
		{202 * time.Second, mostBoots, 0, false},
		{202 * time.Second, -1, 0, false},
		{202 * time.Second, 6, math.MaxInt32 + 1, false},
		{202 * time.Second, 6, -1, false},
	} {
		if got := n.Take(c.boots, c.seconds, start.Add(c.after)); got != c.want {
			t.Errorf("%d: %v", i, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, s := range []Secrets{{"md4", "a", "aes", "b"}, {"sha", "a", "3des", "b"}, {"sha", "", "aes", "b"}, {"sha", "a", "aes", ""}} {
		if _, err := New(s); err == nil {
			t.Errorf("%s is taken", s)
		}
	}
	if a, p := Known("sha", "rot13"); !a || p {
		t.Error("Known is wrong")
	}
}
