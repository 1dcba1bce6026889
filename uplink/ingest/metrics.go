package ingest

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// reason says why a message was not taken.
type reason int

const (
	badTopic reason = iota
	unknownCloset
	wrongArea
	tooLarge
	badVersion
	badPayload
	queueFull
	storeRefused
	reasons
)

var reasonNames = [reasons]string{
	"bad_topic", "unknown_closet", "wrong_area", "too_large", "unknown_version", "malformed", "queue_full", "store_refused",
}

// Counters are what /metrics shows of the ingest. They only grow.
type Counters struct {
	// Taken were stored; Again were had before; Ignored did not continue their lane.
	Taken, Again, Ignored uint64
	// Refused counts messages by reason: bad_topic, unknown_closet, wrong_area,
	// too_large, unknown_version, malformed, queue_full, store_refused.
	Refused map[string]uint64
	// Commits and Acks; AcksFailed could not be handed to the broker.
	Commits, CommitsFailed, Acks, AcksFailed uint64
	// Samples were added to the time-series store; SamplesRefused were too old,
	// from the future, differed from what stands there, or were of too many series.
	Samples, SamplesRefused uint64
	// OwnGaps counts times that this store was older than what it had promised.
	OwnGaps uint64
	// Applied and Sampled are how far lane a and lane m were handed on.
	Applied, Sampled int64
}

type counters struct {
	taken, again, ignored   atomic.Uint64
	refused                 [reasons]atomic.Uint64
	commits, commitsFailed  atomic.Uint64
	acks, acksFailed        atomic.Uint64
	samples, samplesRefused atomic.Uint64
	ownGaps                 atomic.Uint64
	applied, sampled        atomic.Int64
}

// Counters returns the counters as they are now.
func (in *Ingest) Counters() Counters {
	c := &in.n
	s := Counters{
		Taken: c.taken.Load(), Again: c.again.Load(), Ignored: c.ignored.Load(), Refused: map[string]uint64{},
		Commits: c.commits.Load(), CommitsFailed: c.commitsFailed.Load(), Acks: c.acks.Load(), AcksFailed: c.acksFailed.Load(),
		Samples: c.samples.Load(), SamplesRefused: c.samplesRefused.Load(), OwnGaps: c.ownGaps.Load(),
		Applied: c.applied.Load(), Sampled: c.sampled.Load(),
	}
	for r, name := range reasonNames {
		s.Refused[name] = c.refused[r].Load()
	}
	return s
}

type descs struct{ records, refused, commits, acks, samples, gaps, journal *prometheus.Desc }

func newDescs() descs {
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("rackvakt_ingest_"+name, help, labels, nil)
	}
	return descs{
		records: d("records_total", "Records of closets by what was done with them.", "result"),
		refused: d("refused_total", "Messages that were not taken, by reason.", "reason"),
		commits: d("commits_total", "Group commits of the journal.", "result"),
		acks:    d("acks_total", "Acknowledgements handed to the broker.", "result"),
		samples: d("samples_total", "Samples for the time-series store.", "result"),
		gaps:    d("own_gaps_total", "Times that this store was older than what it had promised a closet."),
		journal: d("journal_applied", "Place in the journal up to which records were handed on.", "reader"),
	}
}

// Describe and Collect make an Ingest a prometheus.Collector.
func (in *Ingest) Describe(ch chan<- *prometheus.Desc) {
	d := &in.descs
	for _, x := range []*prometheus.Desc{d.records, d.refused, d.commits, d.acks, d.samples, d.gaps, d.journal} {
		ch <- x
	}
}

// Collect reports the counters.
func (in *Ingest) Collect(ch chan<- prometheus.Metric) {
	c, d := in.Counters(), &in.descs
	count := func(x *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(x, prometheus.CounterValue, float64(v), labels...)
	}
	count(d.records, c.Taken, "taken")
	count(d.records, c.Again, "again")
	count(d.records, c.Ignored, "ignored")
	for name, v := range c.Refused {
		count(d.refused, v, name)
	}
	count(d.commits, c.Commits, "ok")
	count(d.commits, c.CommitsFailed, "failed")
	count(d.acks, c.Acks, "ok")
	count(d.acks, c.AcksFailed, "failed")
	count(d.samples, c.Samples, "ok")
	count(d.samples, c.SamplesRefused, "refused")
	count(d.gaps, c.OwnGaps)
	ch <- prometheus.MustNewConstMetric(d.journal, prometheus.GaugeValue, float64(c.Applied), stateReader)
	ch <- prometheus.MustNewConstMetric(d.journal, prometheus.GaugeValue, float64(c.Sampled), sampleReader)
}
