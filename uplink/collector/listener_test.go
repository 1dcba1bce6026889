package collector

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/ingest"
	"rackvakt/uplink/record"
	"rackvakt/uplink/state"
)

// shelf is a store and notifier that remembers what was told.
type shelf struct{ told []state.Notice }

func (*shelf) LoadState(context.Context) (state.Restored, error) { return state.Restored{}, nil }
func (*shelf) SaveAlarm(context.Context, state.Alarm) error      { return nil }
func (*shelf) SaveCase(context.Context, state.Case) error        { return nil }
func (s *shelf) Notify(_ context.Context, n state.Notice) error {
	s.told = append(s.told, n)
	return nil
}

// An own gap is said once by ingest: one that finds the loop busy is not lost as a
// sign of life may be. Its lane and its times arrive.
func TestOwnGapFindsTheLoopBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := &shelf{}, slog.New(slog.DiscardHandler)
		sites := []state.Site{{ID: "arvika", Kind: alarm.RegionRun, Closets: []state.Closet{{Name: "plan1"}}}}
		l := &listener{loop: state.NewLoop(state.DefaultOptions(), sites, state.Wiring{Store: s, Notifier: s, Log: log}), log: log}
		id, err := record.ParseClosetID("arvika.plan1")
		if err != nil {
			t.Fatal(err)
		}
		beat := func(depth int) {
			l.Life(ingest.Life{Closet: id, At: time.Now(), Path: "fixed", HB: &record.Heartbeat{Start: "s1", Path: "fixed", Conn: 1, Depth: depth}})
		}
		for l.loop.Offer(state.Tick{}) {
		}
		from := time.Now().Add(-time.Hour)
		l.OwnGap(ingest.OwnGap{Closet: id, Lane: record.LaneM, From: from, To: time.Now()})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.loop.Run(ctx) }()
		for depth := range 10 {
			time.Sleep(time.Second)
			beat(9 - depth)
		}
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if len(s.told) != 2 || s.told[0].Kind != state.Opened || s.told[1].Kind != state.Closed || s.told[1].Case.Code != alarm.MonitorGap {
			t.Fatalf("told %+v", s.told)
		}
		k := s.told[1].Case
		if len(k.Evidence) != 1 || k.Evidence[0].Say != state.SayGapMetrics || !k.Start.Equal(from) || k.End.Sub(from) != time.Hour {
			t.Errorf("%+v from %v to %v", k.Evidence, k.Start, k.End)
		}
		if d := s.told[1].At.Sub(k.End); d < 10*time.Second {
			t.Errorf("closed %v after it was noted, with records waiting", d)
		}
	})
}
