package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/ifmib"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
)

// The program of the tests plays the parts of benchsnmp too.
func TestMain(m *testing.M) {
	if os.Getenv(partVariable) == "" {
		os.Exit(m.Run())
	}
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Counted by hand, RFC 3416 with the encodings of X.690. Around the varbinds of a
// full answer lie 53 octets:
//
//	30 82 xx xx  02 01 01  04 06 public  A2 82 xx xx  02 04 id  02 01 00  02 01 00
//	30 82 xx xx  30 10 (06 08 2B 06 01 02 01 01 03 00) (43 04 ticks)
//
// which is 4+3+8+4+6+3+3+4+18. The request has 58:
//
//	30 38  02 01 01  04 06 public  A5 2D  02 04 id  02 01 01  02 01 32
//	30 1D  30 0B (06 07 2B 06 01 02 01 01 03) 05 00
//	       30 0E (06 0A 2B 06 01 02 01 02 02 01 08 01) 05 00
//
// which is 2+3+8+2+6+3+3+2+13+16, so each pair of them costs 111 and 1419 are left
// for varbinds. ifOperStatus of a port with one arc below 128 has 17.
func TestLeast(t *testing.T) {
	status := func(n int) []pdu.Varbind {
		var vbs []pdu.Varbind
		for range n {
			vbs = append(vbs, pdu.Varbind{OID: ifmib.OperStatus.With(7), Value: pdu.Int(1)})
		}
		return vbs
	}
	for _, c := range []struct {
		vbs  int
		want bound
	}{
		{0, bound{}},
		{1, bound{1, 17 + 111}},
		{83, bound{1, 83*17 + 111}},   // 1411 of 1419
		{84, bound{2, 84*17 + 2*111}}, // 1428
		{672, bound{9, 672*17 + 9*111}},
	} {
		got, err := leastOf(status(c.vbs), "2c")
		if err != nil || got != c.want {
			t.Errorf("%d varbinds: %+v, %v; want %+v", c.vbs, got, err, c.want)
		}
	}
	v2, err := leastOf(status(672), "2c")
	if err != nil {
		t.Fatal(err)
	}
	v3, err := leastOf(status(672), "3")
	if err != nil || v3.Octets <= v2.Octets || v3.Requests < v2.Requests {
		t.Errorf("version 3 takes %+v and 2c %+v, %v", v3, v2, err)
	}
}

// What is computed for a request is what gosnmp sends, but for a few octets of
// numbers by chance and of times.
func TestSizeOfRequest(t *testing.T) {
	f := new(fleet)
	t.Cleanup(func() {
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
	if err := f.open(t.Context(), 1, 12, 0); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"2c", "3"} {
		p, err := newPlain(f.places[0].Counted, version, tables())
		if err != nil {
			t.Fatal(err)
		}
		ask := func() *gosnmp.SnmpPacket {
			got, err := p.g.GetBulk([]string{".1.3.6.1.2.1.1.3", ".1.3.6.1.2.1.2.2.1.8.1"}, 1, 100)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		ask() // finds the engine
		before := f.traffic()
		ask()
		sent := f.traffic().minus(before)
		size, err := sizer(version)
		if err != nil {
			t.Fatal(err)
		}
		want := int64(size(ber.PDU{Type: ber.GetBulk, First: 1, Second: 100, Varbinds: []pdu.Varbind{
			{OID: system.UpTime[:len(system.UpTime)-4]}, {OID: ifmib.OperStatus.With(1)},
		}}))
		if sent.Requests != 1 || sent.Answers != 1 || sent.RequestOctets < want-8 || sent.RequestOctets > want+8 {
			t.Errorf("version %s: %+v, computed %d octets", version, sent, want)
		}
		if sent.AnswerOctets < frame*3/4 || sent.AnswerOctets > frame {
			t.Errorf("version %s: an answer of %d octets where a full frame was asked for", version, sent.AnswerOctets)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}} {
		if got := median(c.in); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.in, got, c.want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	ours := figures{Requests: 13, TimesLeast: 1.11, CPU: 3.3}
	for _, c := range []struct {
		s    scene
		want string
	}{
		{scene{"2c", 0, 48}, "[requests 13 of 13 ok octets in times the least 1.11 of 1.10 over]"},
		{scene{"2c", budgetDelay, 48}, "[requests 13 of 13 ok octets in times the least 1.11 of 1.10 over CPU ms 3.30 of 3 over]"},
		{scene{"3", budgetDelay, 48}, "[requests 13 of 13 ok octets in times the least 1.11 of 1.10 over CPU ms 3.30 of 3.60 ok]"},
		{scene{"3", budgetDelay, 300}, "[]"},
	} {
		if got := fmt.Sprint(pollVerdicts(c.s, ours)); got != c.want {
			t.Errorf("%v: %s, want %s", c.s, got, c.want)
		}
	}
}

const wantTable = `
48 ports, agent after 5ms, v3 authPriv; least possible: 10 requests, 15000 octets
              requests octets x least CPU ms x ours wall ms mallocs  kB
     rackvakt       12  15900    1.06   2.50   1.00    69.1    9000 500
 snmpget once        2    452       -   7.50   3.00    19.5       -   -
  budget: requests 12 of 13 ok
  budget: octets in times the least 1.06 of 1.10 ok
  budget: CPU ms 2.50 of 3.60 ok

Uplink port read while a switch of 300 ports, 5 ms, is walked (9 walks):
  every 100 ms: longest gap 104 ms
  at once, 30 times: median 5.50, longest 15 ms; one request takes 5 ms
  budget: longest read at once, in requests, 3 of 2.50 over

20 switches of 48 ports every 10s by one process, agents after 5ms, v2c, 30s
          % of core x ours polls/s requests/s octets/s RSS MB failed
 rackvakt      0.75   1.00       2       24.0    32000   15.5      1
`

func TestTable(t *testing.T) {
	s := scene{"3", budgetDelay, 48}
	ours := figures{whoOurs, 12, 15900, 1.06, 2.5, 69.1, 9000, 500}
	r := report{
		Polls: []result{{
			Scene: s, Least: bound{10, 15000}, Verdicts: pollVerdicts(s, ours),
			Figures: []figures{ours, {Who: whoStart, Requests: 2, Octets: 452, TimesLeast: 0.03, CPU: 7.5, Wall: 19.5}},
		}},
		Uplink: &uplinkResult{
			Ports: 300, Every: 100, Gap: 104, Walks: 9, Asks: 30, Median: 5.5, Most: 15, Turn: 5,
			Verdicts: []verdict{judge("longest read at once, in requests,", 3, budgetTurns)},
		},
		Crowds: []crowdResult{{
			Scene:   crowdScene{"2c", 20, 10 * time.Second, 30 * time.Second, budgetDelay, 48},
			Figures: []crowdFigures{{whoOurs, 0.75, 24.04, 32000, 2, 15.5, 1}},
		}},
	}
	var out bytes.Buffer
	if err := r.print(&out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != legend+wantTable {
		t.Errorf("got\n%s\nwant\n%s", got, legend+wantTable)
	}
	for l := range strings.Lines(out.String()) {
		if len(l) > 82 {
			t.Errorf("a line of %d: %s", len(l)-1, l)
		}
	}
}

// Everything once, small: the processes, the contenders and the counts.
func TestEndToEnd(t *testing.T) {
	p := plan{
		scenes: []scene{{"2c", 0, 12}, {"3", 0, 12}}, effort: effort{rounds: 2, polls: 1, counted: 2},
		uplink: 300 * time.Millisecond, ports: 12,
		crowds: []crowdScene{{Version: "2c", N: 2, Every: 200 * time.Millisecond, For: 600 * time.Millisecond, Ports: 12}},
	}
	if netSNMPThere() {
		p.netPorts = 12
	} else {
		t.Log("net-snmp is not there: its rows are not tried")
	}
	r, err := p.play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range r.Polls {
		if one.Least.Requests != 3 { // 168 varbinds
			t.Errorf("%s: %+v", one.Scene, one.Least)
		}
		for _, f := range one.Figures {
			checkFigures(t, one.Scene, f)
		}
	}
	if ours := r.Polls[0].Figures[0]; ours.Who != whoOurs || ours.TimesLeast < 1 {
		t.Errorf("less than the least: %+v", ours)
	}
	if u := r.Uplink; u.Asks == 0 || u.Walks == 0 || u.Gap <= 0 || u.Turn < 5 {
		t.Errorf("uplink: %+v", u)
	}
	for _, f := range r.Crowds[0].Figures {
		if f.Polls == 0 || f.Requests < f.Polls || f.Core <= 0 || f.RSS <= 0 || f.Failed != 0 {
			t.Errorf("crowd: %+v", f)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func checkFigures(t *testing.T, s scene, f figures) {
	t.Helper()
	if f.Requests < 1 || f.Octets < 80 || f.CPU <= 0 || f.Wall <= 0 || f.TimesLeast <= 0 {
		t.Errorf("%s: %+v", s, f)
	}
	if s.Version == "2c" && f.Who == whoStart && f.Requests != 1 {
		t.Errorf("one value in %v requests", f.Requests)
	}
	if f.Who == whoColumns && s.Version == "2c" && f.Requests != 14 {
		t.Errorf("14 columns of %d ports in %v requests", s.Ports, f.Requests)
	}
}

// A poller that sees too few ports is an error, not a figure.
func TestPortsMissing(t *testing.T) {
	f := new(fleet)
	t.Cleanup(func() {
		if err := f.close(); err != nil {
			t.Error(err)
		}
	})
	if err := f.open(t.Context(), 1, 4, 0); err != nil {
		t.Fatal(err)
	}
	p, err := newPlain(f.places[0].Direct, "2c", columns())
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{c: p, ports: 5}
	if _, err := m.pollSome(t.Context(), 1); err == nil || err.Error() != "4 ports came where 5 are" {
		t.Errorf("4 of 5 ports: %v", err)
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"-nonsense"}, {partPoller, "-ports", "x"}, {partCrowd, "-every", "1"}, {partSwitches, "-n", ""}} {
		if err := run(t.Context(), args, strings.NewReader(""), new(bytes.Buffer)); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
	if _, err := newContender("nobody", "127.0.0.1:1", "2c", 1, time.Second); err == nil {
		t.Error("an unknown poller was taken")
	}
}
