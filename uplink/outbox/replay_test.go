package outbox_test

import (
	"runtime"
	"testing"

	"rackvakt/uplink/outbox"
	"rackvakt/uplink/record"
)

// BenchmarkReplay opens an outbox with a backlog of 64 MB of 400-byte records and
// reports what stays in memory of it.
func BenchmarkReplay(b *testing.B) {
	dir := b.TempDir()
	big := func(c *outbox.Config) { c.CapMB = 1024 }
	o := open(b, dir, 1, big)
	const rounds, batch = 1600, 100
	for range rounds {
		appendN(b, o, record.LaneM, batch, 400)
	}
	if err := o.Close(); err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := 0; b.Loop(); i++ {
		o = open(b, dir, i+2, big)
		if d := o.Depth(record.LaneM); d < rounds*batch {
			b.Fatalf("%d entries", d)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(rounds*batch), "ns/record")
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1024, "kB-held")
	runtime.KeepAlive(o)
}

// BenchmarkAppend is one batch of 100 records of 400 bytes with its fsync.
func BenchmarkAppend(b *testing.B) {
	o := open(b, b.TempDir(), 1, func(c *outbox.Config) { c.CapMB = 256 })
	for b.Loop() {
		appendN(b, o, record.LaneM, 100, 400)
	}
}
