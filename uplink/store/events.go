package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Event is something that happened and has no duration: a door opened, a start.
type Event struct {
	// Seq is the record it came with.
	Seq int64
	// Closet is `<site>.<closet>`.
	Closet string
	Name   string
	Object string
	// At is the time of measurement where it can be told, else of receipt.
	At, ReceivedAt time.Time
	// Detail is JSON, "{}" where there is nothing more to tell.
	Detail string
}

// PutEvent writes an event; writing it again changes nothing.
func (t *Tx) PutEvent(e Event) error {
	err := t.exec(`INSERT INTO event (seq, closet, name, object, at, received_at, detail) VALUES (?,?,?,?,?,?,?)
		ON CONFLICT DO NOTHING`, e.Seq, e.Closet, e.Name, e.Object, millis(e.At), millis(e.ReceivedAt), e.Detail)
	if err != nil {
		return fmt.Errorf("write event %d of %s: %w", e.Seq, e.Closet, err)
	}
	return nil
}

// Events returns the events of a site ("" for all), the latest first; n 0 means 1,000.
func (db *DB) Events(ctx context.Context, site string, n int) ([]Event, error) {
	var where filter
	where.site("closet", site)
	var all []Event
	err := rows(ctx, db.read, func(rs *sql.Rows) error {
		var e Event
		var at, received int64
		if err := rs.Scan(&e.Seq, &e.Closet, &e.Name, &e.Object, &at, &received, &e.Detail); err != nil {
			return err
		}
		e.At, e.ReceivedAt = moment(at), moment(received)
		all = append(all, e)
		return nil
	}, `SELECT seq, closet, name, object, at, received_at, detail FROM event`+where.String()+
		` ORDER BY at DESC, seq DESC LIMIT ?`, append(where.args, limit(n))...)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return all, nil
}

// Who noted a gap.
const (
	FromCloset    = "closet"
	FromCollector = "collector"
)

// Gap is a stretch of a lane that nothing is known of.
type Gap struct {
	// Closet is `<site>.<closet>`.
	Closet string
	Lane   string
	// ID is the gap's identity; one of the collector's own is named by the mark it covers.
	ID string
	// Origin is FromCloset or FromCollector.
	Origin string
	// Why is one of record.WhyX.
	Why string
	// From and To are its ends. A zero From means from the beginning, or that it
	// cannot be told yet; a zero To that the end cannot.
	From, To time.Time
	NotedAt  time.Time
	// Detail is JSON: the ends as the closet's own stamps and what it covers.
	Detail string
}

// PutGap writes a gap; its ends may be written again once they are known.
func (t *Tx) PutGap(g Gap) error {
	err := t.exec(`INSERT INTO gap (closet, lane, id, origin, why, from_at, to_at, noted_at, detail) VALUES (?,?,?,?,?,?,?,?,?)
		ON CONFLICT (closet, lane, id) DO UPDATE SET from_at = excluded.from_at, to_at = excluded.to_at, detail = excluded.detail`,
		g.Closet, g.Lane, g.ID, g.Origin, g.Why, millis(g.From), millis(g.To), millis(g.NotedAt), g.Detail)
	if err != nil {
		return fmt.Errorf("write gap %s of %s: %w", g.ID, g.Closet, err)
	}
	return nil
}

// Gaps returns the gaps of a site ("" for all), the latest first; n 0 means 1,000.
func (db *DB) Gaps(ctx context.Context, site string, n int) ([]Gap, error) {
	var where filter
	where.site("closet", site)
	var all []Gap
	err := rows(ctx, db.read, func(rs *sql.Rows) error {
		var g Gap
		var from, to, noted int64
		if err := rs.Scan(&g.Closet, &g.Lane, &g.ID, &g.Origin, &g.Why, &from, &to, &noted, &g.Detail); err != nil {
			return err
		}
		g.From, g.To, g.NotedAt = moment(from), moment(to), moment(noted)
		all = append(all, g)
		return nil
	}, `SELECT closet, lane, id, origin, why, from_at, to_at, noted_at, detail FROM gap`+where.String()+
		` ORDER BY noted_at DESC, id LIMIT ?`, append(where.args, limit(n))...)
	if err != nil {
		return nil, fmt.Errorf("read gaps: %w", err)
	}
	return all, nil
}
