package notifytest

import (
	"context"
	"slices"
	"sync"

	"rackvakt/uplink/notify"
)

// Queue is a notify.Queue in memory. The zero value is empty and usable.
type Queue struct {
	mu  sync.Mutex // guards all
	all []notify.Delivery
}

// AddDeliveries implements notify.Queue.
func (q *Queue) AddDeliveries(_ context.Context, ds []notify.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range ds {
		if q.index(d.Key) < 0 {
			q.all = append(q.all, d)
		}
	}
	return nil
}

// SaveDelivery implements notify.Queue.
func (q *Queue) SaveDelivery(_ context.Context, d notify.Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := q.index(d.Key); i >= 0 {
		q.all[i] = d
	}
	return nil
}

// WaitingDeliveries implements notify.Queue.
func (q *Queue) WaitingDeliveries(_ context.Context, channel string) ([]notify.Delivery, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var list []notify.Delivery
	for _, d := range q.all {
		if d.Channel == channel && d.Status == notify.Waiting {
			list = append(list, d)
		}
	}
	return list, nil
}

// All returns every delivery in the order of adding.
func (q *Queue) All() []notify.Delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.all)
}

func (q *Queue) index(key string) int {
	return slices.IndexFunc(q.all, func(d notify.Delivery) bool { return d.Key == key })
}
