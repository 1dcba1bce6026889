package etherlike

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/sensor/sensortest"
)

func mode(index uint32, v pdu.Value) pdu.Varbind {
	return pdu.Varbind{OID: DuplexStatus.With(index), Value: v}
}

// The worked example of the package comment, from its octets.
func TestExample(t *testing.T) {
	pair := []byte{0x30, 0x10, 0x06, 0x0B, 0x2B, 6, 1, 2, 1, 0x0A, 7, 2, 1, 0x13, 7, 0x02, 0x01, 0x02}
	list := append([]byte{0x30, byte(len(pair))}, pair...)
	body := append([]byte{2, 1, 1, 2, 1, 0, 2, 1, 0}, list...)
	p, err := ber.ParsePDU(append([]byte{0xA2, byte(len(body))}, body...))
	if err != nil {
		t.Fatal(err)
	}
	modes, odd := Read(p.Varbinds)
	if len(modes) != 1 || modes[7] != Half || modes[7].String() != "half" || odd != nil {
		t.Errorf("%v %q", modes, odd)
	}
}

func TestRead(t *testing.T) {
	modes, odd := Read([]pdu.Varbind{
		mode(1, pdu.Int(3)), mode(2, pdu.Int(2)), mode(3, pdu.Int(1)), mode(4, pdu.Count(3)), mode(5, pdu.Text("3")),
		mode(6, pdu.Int(0)), mode(9, pdu.Int(259)), mode(8, pdu.Int(-1)), mode(10, pdu.Value{Type: pdu.NoSuchInstance}),
		mode(11, pdu.Int(7)), mode(11, pdu.Int(3)), mode(12, pdu.Int(3)), mode(12, pdu.Int(1)),
		{OID: DuplexStatus, Value: pdu.Int(3)}, {OID: DuplexStatus.With(7, 7), Value: pdu.Int(3)}, {OID: DuplexStatus[:4*10].With(18, 7), Value: pdu.Int(3)},
	})
	if want := map[uint32]Duplex{1: Full, 2: Half, 4: Full, 5: Full, 11: Full}; !maps.Equal(modes, want) {
		t.Errorf("%v, want %v", modes, want)
	}
	want := []string{"EtherLike: dot3StatsDuplexStatus outside the MIB's values on 3 ports: taken as unknown (ifIndex 6: 0)"}
	if !slices.Equal(odd, want) {
		t.Errorf("%q, want %q", odd, want)
	}
	if modes[3].String() != "" || modes[1].String() != "full" {
		t.Error("words")
	}
	if c := Columns(); len(c) != 1 || c[0].String() != "1.3.6.1.2.1.10.7.2.1.19" {
		t.Errorf("%v", c)
	}
}

// recorded is what another program made of a recording.
type recorded struct {
	Ports struct {
		Poller json.RawMessage `json:"poller"`
	} `json:"ports"`
}

// theirs returns the ports of a recording with the mode in their words.
func theirs(t *testing.T, name string) map[uint32]string {
	t.Helper()
	raw, err := os.ReadFile("../../../shared/recordings/" + name + ".json")
	var all recorded
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	var poller struct {
		Ports []struct {
			Index  uint32  `json:"ifIndex"`
			Duplex *string `json:"ifDuplex"`
		} `json:"ports"`
	}
	if len(all.Ports.Poller) == 0 || all.Ports.Poller[0] != '{' {
		return nil
	}
	if err := json.Unmarshal(all.Ports.Poller, &poller); err != nil {
		t.Fatal(err)
	}
	modes := make(map[uint32]string)
	for _, p := range poller.Ports {
		if p.Duplex != nil {
			modes[p.Index] = *p.Duplex
		}
	}
	return modes
}

// Every port of a real device has the mode that another program found.
func TestRecordings(t *testing.T) {
	words := map[string]Duplex{"halfDuplex": Half, "fullDuplex": Full, "2": Half, "3": Full}
	known, unknown := 0, 0
	for _, name := range slices.Sorted(maps.Keys(sensortest.Truth(t))) {
		modes, odd := Read(sensortest.Recording(t, name))
		want := theirs(t, name)
		for index, word := range want {
			if modes[index] != words[word] {
				t.Errorf("%s: port %d is %q, want %q", name, index, modes[index], word)
			}
			if words[word] == Unknown {
				unknown++
			} else {
				known++
			}
		}
		if len(modes)+len(odd) > 0 {
			t.Logf("%s: %d ports, problems %q", name, len(modes), odd)
		}
	}
	if known == 0 {
		t.Error("nothing was compared")
	}
	t.Logf("%d ports of half or full, %d of neither", known, unknown)
}

// FuzzRead: no answer makes the reader panic or give another mode than the two.
func FuzzRead(f *testing.F) {
	f.Add(uint32(7), byte(2), []byte{0, 0, 0, 0, 0, 0, 0, 2})
	f.Add(uint32(49), byte(65), []byte{0, 0, 0, 0, 0, 0, 0, 3})
	f.Add(uint32(0), byte(4), []byte("        3"))
	f.Fuzz(func(t *testing.T, index uint32, kind byte, b []byte) {
		v := pdu.Value{Type: pdu.Type(kind), Octets: b}
		if len(b) >= 8 {
			v.Num = binary.BigEndian.Uint64(b)
		}
		modes, _ := Read([]pdu.Varbind{mode(index, v), {OID: DuplexStatus, Value: v}, {OID: DuplexStatus[:len(DuplexStatus)-4].With(index), Value: v}})
		for _, d := range modes {
			if d.String() == "" {
				t.Errorf("%d", d)
			}
		}
	})
}
