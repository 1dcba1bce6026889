package record

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rackvakt/sensors/reading"
)

func good(device, object string, kind reading.Kind, value int64, at reading.Stamp) reading.Reading {
	return reading.Reading{Point: reading.Point{Device: device, Object: object, Kind: kind}, Value: value, Quality: reading.Good, At: at}
}

// Every reading comes back: same point, same value, at most half a second off,
// and every body fits a record.
func TestBatchRoundTrip(t *testing.T) {
	kinds := reading.Kinds()
	rapid.Check(t, func(t *rapid.T) {
		want := map[reading.Point]reading.Reading{}
		var all []reading.Reading
		for i := range rapid.IntRange(1, 400).Draw(t, "n") {
			p := reading.Point{Device: fmt.Sprint("dev", rapid.IntRange(0, 3).Draw(t, "device")), Object: fmt.Sprint("obj ü ", i), Kind: kinds[rapid.IntRange(0, len(kinds)-1).Draw(t, "kind")]}
			r := reading.Reading{Point: p, Value: rapid.Int64().Draw(t, "value"), At: noon.Add(-time.Duration(rapid.IntRange(0, 9000).Draw(t, "ago")) * time.Millisecond)}
			if rapid.Bool().Draw(t, "good") {
				r.Quality = reading.Good
			}
			want[p] = r
			all = append(all, r)
		}
		for _, body := range Batch(all, noon) {
			stored, err := Encode(Record{ID: RecordID(startX, 1<<60), At: noon, Type: TypeSamples, Volatile: true, Samples: &body})
			if err != nil {
				t.Fatal(err)
			}
			rec, err := Decode(stored)
			if err != nil {
				t.Fatal(err)
			}
			samples, err := rec.Samples.Decode(rec.At)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range samples {
				got, ok := s.Reading()
				w := want[got.Point]
				off := w.At.Mono - got.At.Mono
				if !ok || got.Known() != w.Known() || w.Known() && got.Value != w.Value || off < -time.Millisecond || off > grain+time.Millisecond {
					t.Fatalf("%+v is not %+v (off %s)", s, w, off)
				}
				delete(want, got.Point)
			}
		}
		if len(want) > 0 {
			t.Fatalf("%d readings missing", len(want))
		}
	})
}

func TestSamplesRefuse(t *testing.T) {
	s := Samples{Groups: []Group{{Device: "d", Objects: []string{"a"}, Columns: map[string][]json.RawMessage{"x": {json.RawMessage(`"1"`)}}}}}
	if _, err := s.Decode(noon); err == nil {
		t.Error("a text was taken for a number")
	}
}

// switchReadings is one poll of a 48-port switch with sensors: the state columns
// stand still, the octet and packet counters of each used port move, and with rareMoves the
// error and discard counters of all ports too.
func switchReadings(at reading.Stamp, poll int64, used int, rareMoves bool) []reading.Reading {
	var all []reading.Reading
	still := map[reading.Kind]int64{
		reading.IfOperStatus: 1, reading.IfAdminStatus: 1, reading.IfSpeed: 1e9, reading.IfDuplex: 3, reading.IfErrorRate: 0, reading.IfUnknownNeighbours: 0,
	}
	moving := []reading.Kind{reading.IfInOctets, reading.IfOutOctets, reading.IfInPackets, reading.IfOutPackets}
	rare := []reading.Kind{reading.IfInErrors, reading.IfOutErrors, reading.IfInDiscards, reading.IfOutDiscards}
	for port := range 48 {
		name := fmt.Sprintf("Gi1/0/%d", port+1)
		for kind, v := range still {
			all = append(all, good("sw1", name, kind, v, at))
		}
		for i, kind := range moving {
			v := int64(1_000_000_000 + port*77_777_777 + i)
			if port < used {
				v += poll * 12345
			}
			all = append(all, good("sw1", name, kind, v, at))
		}
		for _, kind := range rare {
			v := int64(port % 3)
			if rareMoves {
				v += poll * 7
			}
			all = append(all, good("sw1", name, kind, v, at))
		}
	}
	// Twenty sensors of its own, read with every second poll, half of which move.
	for n := range 20 {
		if poll%2 == 1 {
			break
		}
		v := int64(30_000 + n)
		if n%2 == 0 {
			v += poll % 14 * 100
		}
		all = append(all, good("sw1", fmt.Sprint("Sensor ", n), reading.Temperature, v, at))
	}
	// Local kinds cost nothing.
	all = append(all, good("sw1", "Gi1/0/1", reading.IfInBits, poll*999, at))
	return append(all, good("sw1", "", reading.DeviceUptime, poll*3000, at))
}

// The payload of a 48-port switch per minute, as a number; the budget is 10 kB.
func TestSwitchMinuteBudget(t *testing.T) {
	for _, c := range []struct {
		used      int
		rareMoves bool
	}{{8, false}, {24, false}, {48, false}, {48, true}} {
		s := NewSampler(DefaultSamplerOptions())
		total, minutes := 0, 10
		for sec := range 60 * (minutes + 2) {
			now := noon.Add(time.Duration(sec) * time.Second)
			if sec%30 == 3 {
				s.Add(switchReadings(now, int64(sec/30), c.used, c.rareMoves), now)
			}
			for _, body := range s.Due(now) {
				stored, err := Encode(Record{ID: RecordID(startX, 1000), At: now, Type: TypeSamples, Samples: &body})
				if err != nil {
					t.Fatal(err)
				}
				if sec >= 120 {
					total += len(stored) + 100 // prev and its name
				}
			}
		}
		t.Logf("%d of 48 ports in use, errors and discards moving %v: %d octets a minute", c.used, c.rareMoves, total/minutes)
		if total/minutes > 10_000 {
			t.Error("above the budget of 10,000 octets a minute")
		}
	}
}

func TestSampler(t *testing.T) {
	door := func(v int64, at reading.Stamp) []reading.Reading {
		return []reading.Reading{good("door", "", reading.DoorOpen, v, at)}
	}
	s := NewSampler(DefaultSamplerOptions())
	told := map[int]string{}
	lost := reading.Reading{Point: reading.Point{Device: "door", Kind: reading.DoorOpen}, Quality: reading.Fault, At: noon}
	for sec := range 800 {
		now := noon.Add(time.Duration(sec) * time.Second)
		switch {
		case sec == 21: // opened and closed between two batches: both are told
			s.Add(door(1, now), now)
		case sec >= 650:
			s.Add([]reading.Reading{lost}, now)
		default:
			s.Add(door(0, now), now)
		}
		for _, body := range s.Due(now) {
			samples, err := body.Decode(now)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range samples {
				told[int((v.At.Mono - noon.Mono).Seconds())] = v.Text
			}
		}
	}
	for sec, want := range map[int]string{0: "0", 21: "1", 22: "0", 650: ""} {
		if got, ok := told[sec]; !ok || got != want {
			t.Errorf("at %d s told %q %v, want %q", sec, got, ok, want)
		}
	}
	for sec, last := 0, 0; sec < 800; sec++ {
		if _, ok := told[sec]; ok {
			last = sec
		}
		if sec-last > 241 { // a picture each minute, and what stands still in every third
			t.Fatalf("nothing told between %d and %d s: %v", last, sec, told)
		}
	}
	if len(told) > 10 {
		t.Errorf("an unchanged door was told %d times: %v", len(told), told)
	}
}
