package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// Value is one point in time of a series.
type Value struct {
	At    time.Time
	Value float64
	// Unknown says that nothing is known from here until the next value.
	Unknown bool
}

// Points are the values of one series, oldest first.
type Points struct {
	Series
	Values []Value
}

// Latest returns the last value of every series that want selects, no older than
// the given time. Empty fields of want select all.
func (s *Samples) Latest(ctx context.Context, want Series, notBefore time.Time) ([]Points, error) {
	return s.query(ctx, want, notBefore, time.UnixMilli(1<<62/1_000_000), 1)
}

// Range returns the values from from to to, both included, of every series that
// want selects. n bounds the values of one series, the newest are kept; 0 means all.
func (s *Samples) Range(ctx context.Context, want Series, from, to time.Time, n int) ([]Points, error) {
	return s.query(ctx, want, from, to, n)
}

func (s *Samples) query(ctx context.Context, want Series, from, to time.Time, n int) (all []Points, err error) {
	q, err := s.db.Querier(from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("query samples: %w", err)
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	set := q.Select(ctx, true, nil, want.matchers()...)
	for set.Next() {
		series := set.At()
		p := Points{Series: seriesOf(series.Labels())}
		it := series.Iterator(nil)
		for it.Next() == chunkenc.ValFloat {
			at, v := it.At()
			p.Values = append(p.Values, Value{At: time.UnixMilli(at).UTC(), Value: v, Unknown: value.IsStaleNaN(v)})
			if n > 0 && len(p.Values) >= 2*n {
				p.Values = append(p.Values[:0], p.Values[len(p.Values)-n:]...)
			}
		}
		if err := it.Err(); err != nil {
			return nil, fmt.Errorf("query samples: %w", err)
		}
		if n > 0 && len(p.Values) > n {
			p.Values = p.Values[len(p.Values)-n:]
		}
		if len(p.Values) > 0 {
			all = append(all, p)
		}
	}
	if err := set.Err(); err != nil {
		return nil, fmt.Errorf("query samples: %w", err)
	}
	return all, nil
}

func (s Series) matchers() []*labels.Matcher {
	var all []*labels.Matcher
	s.labels().Range(func(l labels.Label) {
		all = append(all, labels.MustNewMatcher(labels.MatchEqual, l.Name, l.Value))
	})
	if len(all) == 0 {
		all = append(all, labels.MustNewMatcher(labels.MatchNotEqual, nameLabel, ""))
	}
	return all
}

func seriesOf(l labels.Labels) Series {
	return Series{
		Name: l.Get(nameLabel), Area: l.Get("area"), Site: l.Get("site"), Closet: l.Get("closet"),
		Device: l.Get("device"), Object: l.Get("object"),
	}
}
