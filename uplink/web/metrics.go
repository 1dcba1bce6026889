package web

import (
	"github.com/prometheus/client_golang/prometheus"

	"rackvakt/uplink/state"
)

// knowledge makes metrics of the present knowledge when they are asked for.
type knowledge struct {
	view           func() state.View
	closets, cases *prometheus.Desc
	deaf           *prometheus.Desc
}

// Knowledge returns a collector of what the state says: closets by status, open
// cases by party. The caller registers it.
func Knowledge(view func() state.View) prometheus.Collector {
	return &knowledge{
		view:    view,
		closets: prometheus.NewDesc("rackvakt_closets", "Closets by status.", []string{"status"}, nil),
		cases:   prometheus.NewDesc("rackvakt_open_cases", "Open cases by the party that must act.", []string{"party"}, nil),
		deaf:    prometheus.NewDesc("rackvakt_collector_deaf", "1 while the collector itself cannot hear closets.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (k *knowledge) Describe(ch chan<- *prometheus.Desc) {
	ch <- k.closets
	ch <- k.cases
	ch <- k.deaf
}

// Collect implements prometheus.Collector.
func (k *knowledge) Collect(ch chan<- prometheus.Metric) {
	v := k.view()
	byStatus := map[state.Status]int{state.Online: 0, state.Silent: 0, state.Unknown: 0, state.Stopped: 0}
	for _, s := range v.Sites {
		for _, c := range s.Closets {
			byStatus[c.Status]++
		}
	}
	byParty := map[string]int{}
	for _, c := range v.Cases {
		byParty[string(c.Party)]++
	}
	for status, n := range byStatus {
		ch <- prometheus.MustNewConstMetric(k.closets, prometheus.GaugeValue, float64(n), string(status))
	}
	for party, n := range byParty {
		ch <- prometheus.MustNewConstMetric(k.cases, prometheus.GaugeValue, float64(n), party)
	}
	deaf := 0.0
	if v.Deaf {
		deaf = 1
	}
	ch <- prometheus.MustNewConstMetric(k.deaf, prometheus.GaugeValue, deaf)
}
