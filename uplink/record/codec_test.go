package record

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

const startX, startY = "00000000000000aa", "00000000000000bb"

var noon = reading.Stamp{Boot: "b1", Mono: 90 * time.Second, Wall: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Synced: true}

func genStamp(t *rapid.T, label string) reading.Stamp {
	s := reading.Stamp{Boot: rapid.StringMatching(`[a-f0-9-]{0,36}`).Draw(t, label+" boot"),
		Mono: time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, label+" mono")) * time.Millisecond, Synced: rapid.Bool().Draw(t, label+" synced")}
	if rapid.Bool().Draw(t, label+" wall") {
		s.Wall = time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, label+" at")).UTC()
	}
	return s
}

func genRecord(t *rapid.T) Record {
	r := Record{ID: RecordID(startX, rapid.Uint64Range(1, 1<<50).Draw(t, "n")), At: genStamp(t, "at"), Volatile: rapid.Bool().Draw(t, "volatile")}
	switch rapid.IntRange(0, 4).Draw(t, "type") {
	case 0:
		until := genStamp(t, "until")
		r.Type = TypeAlarm
		r.Alarm = &alarm.Change{Act: alarm.Clear, Key: alarm.Key{Code: "path.down", Object: rapid.String().Draw(t, "object")}, Occ: "x",
			Since: genStamp(t, "since"), Until: &until, Causes: []alarm.Cause{{Name: alarm.MainsLost}}, Count: rapid.Int().Draw(t, "count")}
	case 1:
		r.Type, r.Event = TypeEvent, &Event{Name: EventAgentStopping, Reason: rapid.String().Draw(t, "reason"), Detail: map[string]string{"a": "b"}}
	case 2:
		r.Type, r.Open = TypeOpen, &Open{Occ: rapid.SliceOfN(rapid.StringMatching(`[a-z]{4}`), 1, 5).Draw(t, "occ")}
	case 3:
		r.ID, r.Type = GapID(startX, 3), TypeGap
		from := Stamp{genStamp(t, "from")}
		r.Gap = &GapBody{Why: WhyCap, Covers: []Span{{startY, 1, 7, false}, {startX, 2, 2, true}}, From: &from, To: Stamp{genStamp(t, "to")}}
	case 4:
		r.Type = TypeSamples
		r.Samples = &Batch([]reading.Reading{{Point: reading.Point{Device: "d", Object: "o", Kind: reading.Temperature}, Value: 21437, Quality: reading.Good, At: r.At}}, r.At)[0]
	}
	return r
}

// What is encoded, stored, framed and decoded is the record with prev and mark.
func TestRecordRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := genRecord(t)
		stored, err := Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		mark := RecordID(startY, 9)
		out := Out{ID: r.ID, Prev: GapID(startY, 4)}
		if rapid.Bool().Draw(t, "first") {
			out.Mark = &mark
		}
		sent, err := Frame(stored, out)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(sent)
		if err != nil {
			t.Fatalf("%v: %s", err, sent)
		}
		r.Prev, r.Mark = out.Prev, out.Mark
		if diff := cmp.Diff(r, got, cmp.Comparer(func(a, b reading.Stamp) bool { return reflect.DeepEqual(a, b) })); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestRecordForm(t *testing.T) {
	stored, err := Encode(Record{ID: RecordID(startX, 5), At: noon, Type: TypeEvent, Event: &Event{Name: EventDoorOpened, Object: "door"}})
	if err != nil {
		t.Fatal(err)
	}
	none := ID("")
	sent, err := Frame(stored, Out{ID: RecordID(startX, 5), Prev: GapID(startX, 1), Mark: &none})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"v":1,"id":"00000000000000aa:5","prev":"00000000000000aa:g1","mark":"","boot":"b1","mono_ms":90000,` +
		`"at":"2026-03-01T12:00:00.000Z","clock":"synced","type":"event","event":{"name":"door_opened","object":"door"}}`
	if string(sent) != want {
		t.Errorf("got  %s\nwant %s", sent, want)
	}
	if _, err := Frame(stored, Out{ID: RecordID(startX, 6)}); !errors.Is(err, ErrMalformed) {
		t.Errorf("frame of another record: %v", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      error
	}{
		{"newer version", `{"v":2,"id":"00000000000000aa:5","type":"event","event":{"name":"x"}}`, ErrVersion},
		{"no version", `{"id":"00000000000000aa:5"}`, ErrVersion},
		{"not JSON", `{"v":1`, ErrMalformed},
		{"no id", `{"v":1,"type":"event","event":{"name":"x"}}`, ErrMalformed},
		{"short start", `{"v":1,"id":"aa:5","type":"event","event":{"name":"x"}}`, ErrMalformed},
		{"number zero", `{"v":1,"id":"00000000000000aa:0","type":"event","event":{"name":"x"}}`, ErrMalformed},
		{"leading zero", `{"v":1,"id":"00000000000000aa:05","type":"event","event":{"name":"x"}}`, ErrMalformed},
		{"gap named as record", `{"v":1,"id":"00000000000000aa:5","type":"gap","gap":{"why":"x","covers":[],"to":{}}}`, ErrMalformed},
		{"body of another type", `{"v":1,"id":"00000000000000aa:5","type":"event","open":{"occ":[]}}`, ErrMalformed},
		{"two bodies", `{"v":1,"id":"00000000000000aa:5","type":"event","event":{},"open":{"occ":[]}}`, ErrMalformed},
		{"unknown type", `{"v":1,"id":"00000000000000aa:5","type":"other","other":{}}`, ErrMalformed},
		{"bad time", `{"v":1,"id":"00000000000000aa:5","at":"noon","type":"event","event":{}}`, ErrMalformed},
		{"cells and objects differ", `{"v":1,"id":"00000000000000aa:5","type":"samples","samples":{"groups":[{"device":"d","objects":["a"],"columns":{"x":[]}}]}}`, ErrMalformed},
		{"too large", `{"v":1,"x":"` + strings.Repeat("x", MaxRecord) + `"}`, ErrTooLarge},
	} {
		if _, err := Decode([]byte(c.src)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	known := `{"v":1,"id":"00000000000000aa:5","new_field":{"x":1},"type":"event","event":{"name":"x","later":2}}`
	if _, err := Decode([]byte(known)); err != nil {
		t.Errorf("unknown fields: %v", err)
	}
}

func TestEncodeRefusesTooLarge(t *testing.T) {
	r := Record{ID: RecordID(startX, 5), Type: TypeEvent, Event: &Event{Name: strings.Repeat("x", MaxStored)}}
	if _, err := Encode(r); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestPayloads(t *testing.T) {
	s, err := DecodePayload[State]([]byte(`{"v":1,"online":true,"start":"00000000000000aa","conn":3,"mark":{"a":"00000000000000aa:1","m":""}}`))
	if err != nil || s.Mark.Of(LaneA) != RecordID(startX, 1) || s.Mark.Of(LaneM) != "" {
		t.Errorf("state: %+v %v", s, err)
	}
	if _, err := DecodePayload[State]([]byte(`{"v":1,"online":true,"start":"00000000000000aa"}`)); !errors.Is(err, ErrMalformed) {
		t.Errorf("state without marks: %v", err)
	}
	if _, err := DecodePayload[State]([]byte(`{"v":1,"online":false,"start":"00000000000000aa","conn":3}`)); err != nil {
		t.Errorf("will: %v", err)
	}
	if _, err := DecodePayload[Ack]([]byte(`{"v":1,"head":{"a":"x","m":""}}`)); !errors.Is(err, ErrMalformed) {
		t.Errorf("ack: %v", err)
	}
	if _, err := DecodePayload[Ack]([]byte(`{"v":7}`)); !errors.Is(err, ErrVersion) {
		t.Errorf("ack of a later version: %v", err)
	}
}

func TestTopics(t *testing.T) {
	closet := ClosetID{"vc1", "skap-1"}
	for _, topic := range []Topic{
		{"west", closet, LeafAlarm, ""}, {"west", closet, LeafMetrics, ""}, {"west", closet, LeafState, "fixed"},
		{"west", closet, LeafBirth, "sw1"}, {"west", closet, LeafAck, ""},
	} {
		got, err := ParseTopic(topic.String())
		if err != nil || got != topic {
			t.Errorf("%s: %+v %v", topic, got, err)
		}
	}
	for _, s := range []string{"", "rackvakt/v1/", "rackvakt/v2/west/vc1.a/alarm", "rackvakt/v1/West/vc1.a/alarm", "rackvakt/v1/west/vc1/alarm",
		"rackvakt/v1/west/vc1.a.b/alarm", "rackvakt/v1/west/vc1.a/alarm/x", "rackvakt/v1/west/vc1.a/state", "rackvakt/v1/west/vc1.a/alarm/",
		"rackvakt/v1/+/vc1.a/alarm", "rackvakt/v1/west/vc1.a/other", "rackvakt/v1/west/vc1.a\n/alarm",
		"rackvakt/v1/west/" + strings.Repeat("x", 25) + ".a/alarm"} {
		if _, err := ParseTopic(s); !errors.Is(err, ErrTopic) {
			t.Errorf("%q accepted: %v", s, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"v":1,"id":"00000000000000aa:5","prev":"00000000000000aa:g1","mark":"","mono_ms":1,"clock":"synced","type":"event","event":{"name":"x"}}`))
	f.Add([]byte(`{"v":1,"id":"00000000000000aa:g5","mono_ms":1,"clock":"synced","type":"gap","gap":{"why":"cap","covers":["00000000000000aa:1-4"],"to":{"mono_ms":4,"clock":"synced"}}}`))
	f.Add([]byte(`{"v":1,"id":"00000000000000aa:5","type":"samples","samples":{"groups":[{"device":"d","objects":["a"],"columns":{"x":[1]}}]}}`))
	f.Add([]byte(`{"v":1,"id":"00000000000000aa:5","type":"alarm","alarm":{"act":"raise","code":"path.down","since":{"mono_ms":1}}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := Decode(src)
		if err != nil {
			return
		}
		r.Prev, r.Mark = "", nil
		stored, err := Encode(r)
		if errors.Is(err, ErrTooLarge) {
			return // escapes may grow
		}
		if err != nil {
			t.Fatalf("decoded but not encoded: %v", err)
		}
		if _, err := Decode(stored); err != nil {
			t.Fatalf("encoded but not decoded: %v: %s", err, stored)
		}
	})
}

func FuzzParseTopic(f *testing.F) {
	f.Add("rackvakt/v1/west/vc1.a/alarm")
	f.Add("rackvakt/v1/west/vc1.a/state/fixed")
	f.Fuzz(func(t *testing.T, s string) {
		topic, err := ParseTopic(s)
		if err == nil && (topic.String() != s || strings.ContainsAny(s, "+#\x00 \n")) {
			t.Fatalf("%q became %q", s, topic)
		}
	})
}

func FuzzSamples(f *testing.F) {
	f.Add([]byte(`{"v":1,"id":"00000000000000aa:5","type":"samples","samples":{"groups":[{"device":"d","ago_ms":5,"objects":["a","b","c"],"columns":{"temperature_celsius":[21.437,null,""]}}]}}`))
	f.Add([]byte(`{"v":1,"id":"00000000000000aa:5","type":"samples","samples":{"groups":[{"device":"d","objects":["a"],"columns":{"x":[{}]}}]}}`))
	f.Add([]byte(`{"v":1,"id":"00000000000000aa:5","type":"samples","samples":{"groups":[{"device":"d","objects":["a"],"columns":{"x":[1e999]}}]}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := Decode(src)
		if err != nil || r.Samples == nil {
			return
		}
		samples, err := r.Samples.Decode(r.At)
		if err != nil {
			return
		}
		for _, s := range samples {
			if s.Device == "" || s.Stale != (s.Text == "") {
				t.Fatalf("%+v", s)
			}
			s.Reading()
		}
	})
}

func FuzzPayload(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"online":true,"start":"00000000000000aa","conn":3,"mark":{"a":"00000000000000aa:1","m":""},"at":{"mono_ms":1,"clock":"synced"}}`,
		`{"v":1,"start":"00000000000000aa","path":"fixed","conn":1,"depth":3,"age_s":1,"at":{"mono_ms":1,"clock":"unsynced"}}`,
		`{"v":1,"head":{"a":"00000000000000aa:g1","m":""}}`, `{"v":1,"id":"x","do":"answer","ttl_s":5}`, `{"v":2}`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if s, err := DecodePayload[State](src); err == nil && (!ValidStart(s.Start) || s.Online && s.Mark == nil) {
			t.Fatalf("%+v", s)
		}
		if a, err := DecodePayload[Ack](src); err == nil {
			if _, err := ParseID(string(a.Head.A)); err != nil {
				t.Fatal(err)
			}
		}
		if h, err := DecodePayload[Heartbeat](src); err == nil && !ValidStart(h.Start) {
			t.Fatalf("%+v", h)
		}
		if c, err := DecodePayload[Command](src); err == nil && c.ID == "" {
			t.Fatalf("%+v", c)
		}
	})
}
