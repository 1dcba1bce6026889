package trap

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/usm"
)

var (
	fromSw1     = netip.MustParseAddr("192.0.2.10")
	fromNowhere = netip.MustParseAddr("198.51.100.1")
	start       = time.Now()
	sw1Engine   = []byte("\x80\x00\x1f\x88\x04sw1")
)

const pass1, pass2 = "only-for-tests-1", "only-for-tests-2"

func master(t testing.TB) *usm.Master {
	t.Helper()
	m, err := usm.New(usm.Secrets{AuthProtocol: "sha256", AuthPassphrase: pass1, PrivProtocol: "aes", PrivPassphrase: pass2})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// newReceiver knows sw1, and the users traps of sw1 and of sw2, whose engine is fixed.
func newReceiver(t testing.TB) *receiver {
	t.Helper()
	m := master(t)
	fixed := []byte("\x80\x00\x1f\x88\x04sw2")
	return &receiver{
		community: "public", senders: map[netip.Addr]string{fromSw1: "sw1"},
		accounts: []*account{
			{device: "sw2", user: "traps", master: m, fixed: true, engines: map[string]*engine{string(fixed): {keys: m.Localize(fixed)}}},
			{device: "sw1", user: "traps", master: m, engines: map[string]*engine{}},
		},
		own: usm.Engine{ID: []byte("\x80\x00\x00\x00\x05me"), Boots: 3, Started: start},
	}
}

// linkDown is a trap as Debian's snmpd words it: ifIndex, ifAdminStatus and
// ifOperStatus of interface 49 with community "public".
const linkDown = "30 77 02 01 01 04 06 70 75 62 6c 69 63 a7 6a 02 04 00 bc 61 4e 02 01 00 02 01 00 30 5c" +
	"30 0e 06 08 2b 06 01 02 01 01 03 00 43 02 12 67" +
	"30 17 06 0a 2b 06 01 06 03 01 01 04 01 00 06 09 2b 06 01 06 03 01 01 05 03" +
	"30 0f 06 0a 2b 06 01 02 01 02 02 01 01 31 02 01 31" +
	"30 0f 06 0a 2b 06 01 02 01 02 02 01 07 31 02 01 01" +
	"30 0f 06 0a 2b 06 01 02 01 02 02 01 08 31 02 01 02"

// tornInside is linkDown whose last value, an INTEGER, has no octets.
var tornInside = strings.NewReplacer("30 77", "30 76", "a7 6a", "a7 69", "30 5c", "30 5b", "30 0f 06 0a 2b 06 01 02 01 02 02 01 08 31 02 01 02", "30 0e 06 0a 2b 06 01 02 01 02 02 01 08 31 02 00").Replace(linkDown)

func octets(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func notifying(kind byte, trap string, more ...pdu.Varbind) ber.PDU {
	return ber.PDU{Type: kind, ID: 77, Varbinds: append([]pdu.Varbind{
		{OID: pdu.MustOID("1.3.6.1.2.1.1.3.0"), Value: pdu.Ticks(4711)},
		{OID: trapOID, Value: pdu.Identifier(pdu.MustOID(trap))},
	}, more...)}
}

const (
	oidColdStart = "1.3.6.1.6.3.1.1.5.1"
	oidLinkDown  = "1.3.6.1.6.3.1.1.5.3"
	oidLinkUp    = "1.3.6.1.6.3.1.1.5.4"
)

func v2c(community string, p ber.PDU) []byte {
	return ber.Message{Version: ber.V2c, Community: community, PDU: p}.Append(nil)
}

func TestVersion2(t *testing.T) {
	good := octets(t, linkDown)
	v1 := ber.Message{Version: ber.V1, Community: "public", PDU: notifying(ber.Trap, oidLinkDown)}.Append(nil)
	for name, c := range map[string]struct {
		b    []byte
		from netip.Addr
		want Notification
		why  Reason
	}{
		"link down":      {good, fromSw1, Notification{Kind: LinkDown, Index: pdu.Some(49)}, ""},
		"link up":        {v2c("public", notifying(ber.Trap, oidLinkUp, pdu.Varbind{OID: pdu.MustOID("1.3.6.1.2.1.31.1.1.1.1.7"), Value: pdu.Text("Gi7")})), fromSw1, Notification{Kind: LinkUp, Index: pdu.Some(7)}, ""},
		"cold start":     {v2c("public", notifying(ber.Trap, oidColdStart)), fromSw1, Notification{Kind: ColdStart}, ""},
		"warm start":     {v2c("public", notifying(ber.Trap, "1.3.6.1.6.3.1.1.5.2")), fromSw1, Notification{Kind: WarmStart}, ""},
		"authentication": {v2c("public", notifying(ber.Trap, "1.3.6.1.6.3.1.1.5.5")), fromSw1, Notification{Kind: AuthenticationFailure}, ""},
		"vendor":         {v2c("public", notifying(ber.Trap, "1.3.6.1.4.1.318.0.5")), fromSw1, Notification{Kind: Other, OID: pdu.MustOID("1.3.6.1.4.1.318.0.5")}, ""},
		"inform":         {v2c("public", notifying(ber.Inform, oidLinkDown)), fromSw1, Notification{Kind: LinkDown, Inform: true}, ""},
		"community":      {v2c("Public", notifying(ber.Trap, oidLinkDown)), fromSw1, Notification{}, WrongCommunity},
		"no community":   {v2c("", notifying(ber.Trap, oidLinkDown)), fromSw1, Notification{}, WrongCommunity},
		"stranger":       {good, fromNowhere, Notification{}, UnknownSender},
		"inform of one":  {v2c("public", notifying(ber.Inform, oidLinkDown)), fromNowhere, Notification{}, UnknownSender},
		"version 1":      {v1, fromSw1, Notification{}, Version},
		"request":        {v2c("public", notifying(ber.Get, oidLinkDown)), fromSw1, Notification{}, NoNotification},
		"no identifier":  {v2c("public", ber.PDU{Type: ber.Trap}), fromSw1, Notification{}, Malformed},
		"nothing":        {nil, fromSw1, Notification{}, Malformed},
		"cut":            {good[:len(good)-1], fromSw1, Notification{}, Malformed},
		"too much":       {append(slices.Clone(good), 0), fromSw1, Notification{}, Malformed},
		"torn inside":    {octets(t, tornInside), fromSw1, Notification{}, Malformed},
	} {
		v := newReceiver(t).receive(c.b, c.from, start)
		if v.why != c.why || (v.note == nil) != (c.why != "") {
			t.Errorf("%s: %q, want %q", name, v.why, c.why)
			continue
		}
		if (v.answer != nil) != c.want.Inform {
			t.Errorf("%s: answer % x", name, v.answer)
		}
		if v.note == nil {
			continue
		}
		c.want.Device, c.want.From, c.want.UpTime = "sw1", fromSw1, pdu.Some(4711)
		if c.want.OID == "" {
			c.want.OID = v.note.OID
		}
		if *v.note != c.want {
			t.Errorf("%s: %+v", name, *v.note)
		}
	}
}

func TestInformIsAnswered(t *testing.T) {
	q := notifying(ber.Inform, oidLinkDown)
	v := newReceiver(t).receive(v2c("public", q), fromSw1, start)
	m, err := ber.ParseMessage(v.answer)
	if err != nil || m.Community != "public" || m.PDU.Type != ber.Response || m.PDU.ID != 77 || m.PDU.First != 0 || len(m.PDU.Varbinds) != 2 {
		t.Errorf("%+v, %v", m, err)
	}
}

// v3 is a message as sw1 sends it; change makes it a bad one before it is signed.
func v3(t testing.TB, engineID []byte, boots, seconds int64, flags byte, p ber.PDU, change func(*ber.Message3)) []byte {
	t.Helper()
	m := ber.Message3{ID: 5, MaxSize: 1472, Flags: ber.FlagAuth | ber.FlagPriv | flags, Model: ber.ModelUSM, EngineID: engineID,
		Boots: boots, Time: seconds, User: "traps", Scoped: ber.AppendScoped(nil, engineID, "", p)}
	if change != nil {
		change(&m)
	}
	return master(t).Localize(engineID).Seal(m)
}

func TestVersion3(t *testing.T) {
	good := v3(t, sw1Engine, 1, 100, 0, notifying(ber.Trap, oidLinkDown), nil)
	broken := slices.Clone(good)
	broken[len(broken)-1] ^= 1
	own := newReceiver(t).own.ID
	inform := notifying(ber.Inform, oidLinkDown)
	for name, c := range map[string]struct {
		b      []byte
		device string
		why    Reason
		answer bool
	}{
		"trap":                     {good, "sw1", "", false},
		"fixed engine":             {v3(t, []byte("\x80\x00\x1f\x88\x04sw2"), 1, 100, 0, notifying(ber.Trap, oidLinkDown), nil), "sw2", "", false},
		"unknown user":             {v3(t, sw1Engine, 1, 100, 0, notifying(ber.Trap, oidLinkDown), func(m *ber.Message3) { m.User = "root" }), "", UnknownUser, false},
		"not encrypted":            {v3(t, sw1Engine, 1, 100, 0, notifying(ber.Trap, oidLinkDown), func(m *ber.Message3) { m.Flags = ber.FlagAuth }), "", Level, false},
		"in clear":                 {v3(t, sw1Engine, 1, 100, 0, notifying(ber.Trap, oidLinkDown), func(m *ber.Message3) { m.Flags = 0 }), "", Level, false},
		"changed":                  {broken, "", WrongDigest, false},
		"boots at end":             {v3(t, sw1Engine, 1<<31-1, 100, 0, notifying(ber.Trap, oidLinkDown), nil), "", NotInWindow, false},
		"inform of its own engine": {v3(t, sw1Engine, 1, 100, 0, inform, nil), "", NoNotification, false},
		"scoped of nothing":        {v3(t, sw1Engine, 1, 100, 0, inform, func(m *ber.Message3) { m.Scoped = []byte{1, 2, 3} }), "", Undecryptable, false},
		"other model":              {v3(t, sw1Engine, 1, 100, 0, inform, func(m *ber.Message3) { m.Model = 4 }), "", Malformed, false},
		"discovery":                {ber.Message3{ID: 1, Flags: ber.FlagReportable, Model: ber.ModelUSM, Scoped: ber.AppendScoped(nil, nil, "", ber.PDU{Type: ber.Get})}.Append(nil), "", Discovery, true},
		"first of time":            {v3(t, own, 0, 0, ber.FlagReportable, inform, nil), "", Discovery, true},
		"inform":                   {v3(t, own, 3, 20, ber.FlagReportable, inform, nil), "sw1", "", true},
		"inform too old":           {v3(t, own, 2, 20, ber.FlagReportable, inform, nil), "", NotInWindow, true},
		"trap to us":               {v3(t, own, 3, 20, ber.FlagReportable, notifying(ber.Trap, oidLinkDown), nil), "", NoNotification, false},
	} {
		v := newReceiver(t).receive(c.b, fromSw1, start.Add(20*time.Second))
		if v.why != c.why || (v.note == nil) != (c.why != "") || (v.answer != nil) != c.answer {
			t.Errorf("%s: %q with answer %v, want %q", name, v.why, v.answer != nil, c.why)
		}
		if v.note != nil && (v.note.Device != c.device || v.note.Kind != LinkDown) {
			t.Errorf("%s: %+v", name, *v.note)
		}
	}
}

// The same digest twice, a kept-back message, a restart of the device and what
// was captured before it.
func TestReplay(t *testing.T) {
	r := newReceiver(t)
	trap := func(boots, seconds int64) []byte {
		return v3(t, sw1Engine, boots, seconds, 0, notifying(ber.Trap, oidLinkDown), nil)
	}
	first, late, second, restarted := trap(1, 100), trap(1, 99), trap(1, 400), trap(2, 0)
	for i, c := range []struct {
		b     []byte
		after time.Duration
		why   Reason
	}{
		{first, 0, ""}, {first, 0, Replayed}, {first, time.Second, Replayed}, {late, time.Second, ""},
		{second, 300 * time.Second, ""}, {first, 301 * time.Second, NotInWindow}, {restarted, 302 * time.Second, ""},
		{second, 303 * time.Second, NotInWindow}, {restarted, 303 * time.Second, Replayed},
	} {
		if v := r.receive(c.b, fromSw1, start.Add(c.after)); v.why != c.why {
			t.Errorf("%d: %q, want %q", i, v.why, c.why)
		}
	}
}

// An INFORM that comes again was not heard answered: it is answered again, and
// delivered once.
func TestInformAgain(t *testing.T) {
	r := newReceiver(t)
	b := v3(t, r.own.ID, 3, 0, ber.FlagReportable, notifying(ber.Inform, oidLinkDown), nil)
	v, again := r.receive(b, fromSw1, start), r.receive(b, fromSw1, start)
	if v.note == nil || again.note != nil || again.why != Replayed || again.answer == nil {
		t.Fatalf("%+v, then %+v", v, again)
	}
	m, err := ber.ParseMessage3(again.answer)
	k := master(t).Localize(r.own.ID)
	if err != nil || !k.Verify(again.answer, m) {
		t.Fatalf("answer not signed: %v", err)
	}
	plain, _ := k.Decrypt(m)
	if _, _, p, err := ber.ParseScoped(plain); err != nil || p.Type != ber.Response || p.ID != 77 || m.ID != 5 {
		t.Errorf("%+v, %v", p, err)
	}
}

// A user learns at most four engines, and only those whose messages it verifies.
func TestEnginesAreBounded(t *testing.T) {
	r := newReceiver(t)
	for i := range 6 {
		id := fmt.Appendf(nil, "\x80\x00\x1f\x88\x04n%d", i)
		b := v3(t, id, 1, 1, 0, notifying(ber.Trap, oidLinkUp), nil)
		forged := bytes.Replace(b, []byte("traps"), []byte("trapz"), 1)
		r.receive(forged, fromSw1, start)
		want := Reason("")
		if i >= maxEngines {
			want = UnknownEngine
		}
		if v := r.receive(b, fromSw1, start); v.why != want {
			t.Errorf("engine %d: %q", i, v.why)
		}
	}
}

func TestSeenIsBounded(t *testing.T) {
	var s seen
	for i := range 3 * maxSeen {
		if s.again(fmt.Append(nil, i)) {
			t.Fatalf("%d was not seen before", i)
		}
	}
	if len(s.digests) != maxSeen || len(s.order) != maxSeen || !s.again(fmt.Append(nil, 3*maxSeen-1)) || !s.again(fmt.Append(nil, 2*maxSeen)) || s.again(fmt.Append(nil, 2*maxSeen-1)) {
		t.Errorf("%d digests, ring of %d", len(s.digests), len(s.order))
	}
}

// FuzzReceive: no datagram makes the receiver panic, deliver and drop at once,
// name no device, or answer with much more than it got.
func FuzzReceive(f *testing.F) {
	f.Add(octets(f, linkDown))
	f.Add(octets(f, tornInside))
	f.Add(v2c("public", notifying(ber.Inform, oidColdStart)))
	f.Add(v2c("private", notifying(ber.Inform, oidColdStart)))
	f.Add(v3(f, sw1Engine, 1, 100, 0, notifying(ber.Trap, oidLinkDown), nil))
	f.Add(v3(f, []byte("\x80\x00\x00\x00\x05me"), 3, 0, ber.FlagReportable, notifying(ber.Inform, oidLinkDown), nil))
	f.Add(v3(f, nil, 0, 0, ber.FlagReportable, ber.PDU{Type: ber.Get}, func(m *ber.Message3) { m.Flags = ber.FlagReportable }))
	r := newReceiver(f)
	all := newSources(r.senders)
	f.Fuzz(func(t *testing.T, b []byte) {
		before := slices.Clone(b)
		s := all.of(fromSw1, start)
		v := r.receive(b, fromSw1, start)
		s.allow(start)
		s.turns(v.why, start)
		switch {
		case (v.note == nil) == (v.why == ""):
			t.Errorf("%+v", v)
		case v.note != nil && (v.note.Device == "" || v.note.OID == "" || v.note.Kind == ""):
			t.Errorf("%+v", *v.note)
		case len(v.answer) > 2*len(b)+200:
			t.Errorf("%d octets answer %d", len(v.answer), len(b))
		case !bytes.Equal(b, before):
			t.Error("the datagram was changed")
		}
	})
}
