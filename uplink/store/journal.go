package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rackvakt/uplink/record"
)

// LaneID names one chain of one closet.
type LaneID struct {
	Closet record.ClosetID
	Lane   record.Lane
}

// Record is one row of the journal.
type Record struct {
	LaneID
	// Seq is its place in the journal. Rows are handed on in this order.
	Seq int64
	ID  record.ID
	// Payload is the record as it was sent.
	Payload []byte
	// ReceivedAt is the collector's time when it took the record from the broker.
	ReceivedAt time.Time
}

// LaneChange is what one commit changes of a lane.
type LaneChange struct {
	LaneID
	Head record.ID
	// Have are the rows that grew or are new, Covered the marks newly covered.
	Have    []record.Span
	Covered []record.ID
}

// Commit is one group commit.
type Commit struct {
	// Records become rows of the journal in this order; their Seq is set.
	Records []Record
	Lanes   []LaneChange
	// Noted are gaps of the collector's own.
	Noted []Gap
}

// Commit makes c durable as a whole or not at all. Once it returned nil, the
// heads in it may be told to closets.
func (db *DB) Commit(ctx context.Context, c *Commit, at time.Time) error {
	err := db.Do(ctx, func(tx *Tx) error {
		if err := tx.appendJournal(c.Records); err != nil {
			return err
		}
		for _, l := range c.Lanes {
			if err := tx.changeLane(l, at); err != nil {
				return fmt.Errorf("lane %s of %s: %w", l.Lane, l.Closet, err)
			}
		}
		for _, g := range c.Noted {
			if err := tx.PutGap(g); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("commit %d records: %w", len(c.Records), err)
	}
	return nil
}

// lastSeq is the highest place in the journal that was ever given out: a place
// that a mark names is not given out again after its row was pruned.
const lastSeq = `SELECT COALESCE(MAX(seq), 0) FROM (SELECT MAX(seq) AS seq FROM journal UNION ALL SELECT MAX(seq) FROM mark) AS both_tables`

func (t *Tx) appendJournal(recs []Record) (err error) {
	if len(recs) == 0 {
		return nil
	}
	var seq int64
	if err := t.tx.QueryRowContext(t.ctx, lastSeq).Scan(&seq); err != nil {
		return err
	}
	insert, err := t.tx.PrepareContext(t.ctx, `INSERT INTO journal (seq, closet, lane, id, received_at, payload) VALUES (?,?,?,?,?,?)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for i := range recs {
		seq++
		r := &recs[i]
		r.Seq = seq
		_, err := insert.ExecContext(t.ctx, seq, r.Closet.String(), string(r.Lane), string(r.ID), millis(r.ReceivedAt), r.Payload)
		if err != nil {
			return fmt.Errorf("record %s of %s: %w", r.ID, r.Closet, err)
		}
	}
	return nil
}

func (t *Tx) changeLane(l LaneChange, at time.Time) error {
	closet, lane := l.Closet.String(), string(l.Lane)
	err := t.exec(`INSERT INTO lane (closet, lane, head, changed_at) VALUES (?,?,?,?)
		ON CONFLICT (closet, lane) DO UPDATE SET head = excluded.head, changed_at = excluded.changed_at`,
		closet, lane, string(l.Head), millis(at))
	for _, s := range l.Have {
		err = errors.Join(err, t.exec(`INSERT INTO lane_have (closet, lane, start, gap, first, last) VALUES (?,?,?,?,?,?)
			ON CONFLICT (closet, lane, start, gap, first) DO UPDATE SET last = excluded.last`,
			closet, lane, s.Start, flag(s.Gap), int64(s.First), int64(s.Last)))
	}
	for _, id := range l.Covered {
		err = errors.Join(err, t.exec(`INSERT INTO lane_covered (closet, lane, id) VALUES (?,?,?) ON CONFLICT DO NOTHING`,
			closet, lane, string(id)))
	}
	return err
}

// Lanes returns the committed state of every lane.
func (db *DB) Lanes(ctx context.Context) (map[LaneID]record.Saved, error) {
	all := map[LaneID]record.Saved{}
	err := errors.Join(
		db.eachLane(ctx, `SELECT closet, lane, head FROM lane`, func(s *record.Saved, id record.ID) { s.Head = id }, all),
		db.eachLane(ctx, `SELECT closet, lane, id FROM lane_covered`, func(s *record.Saved, id record.ID) { s.Covered = append(s.Covered, id) }, all),
		db.eachSpan(ctx, all))
	if err != nil {
		return nil, fmt.Errorf("read lanes: %w", err)
	}
	return all, nil
}

func (db *DB) eachLane(ctx context.Context, query string, put func(*record.Saved, record.ID), all map[LaneID]record.Saved) error {
	return rows(ctx, db.read, func(rs *sql.Rows) error {
		var closet, lane, value string
		if err := rs.Scan(&closet, &lane, &value); err != nil {
			return err
		}
		return change(all, closet, lane, func(s *record.Saved) { put(s, record.ID(value)) })
	}, query)
}

func (db *DB) eachSpan(ctx context.Context, all map[LaneID]record.Saved) error {
	return rows(ctx, db.read, func(rs *sql.Rows) error {
		var closet, lane, start string
		var gap int
		var first, last int64
		if err := rs.Scan(&closet, &lane, &start, &gap, &first, &last); err != nil {
			return err
		}
		span := record.Span{Start: start, Gap: gap != 0, First: uint64(first), Last: uint64(last)}
		return change(all, closet, lane, func(s *record.Saved) { s.Have = append(s.Have, span) })
	}, `SELECT closet, lane, start, gap, first, last FROM lane_have`)
}

func change(all map[LaneID]record.Saved, closet, lane string, f func(*record.Saved)) error {
	c, err := record.ParseClosetID(closet)
	if err != nil {
		return err
	}
	id := LaneID{Closet: c, Lane: record.Lane(lane)}
	s := all[id]
	f(&s)
	all[id] = s
	return nil
}

const journalColumns = `SELECT seq, closet, lane, id, received_at, payload FROM journal `

// Journal returns up to n records of a lane after place after, in order.
func (db *DB) Journal(ctx context.Context, lane record.Lane, after int64, n int) ([]Record, error) {
	all, err := db.records(ctx, journalColumns+`WHERE seq > ? AND lane = ? ORDER BY seq LIMIT ?`, after, string(lane), n)
	if err != nil {
		return nil, fmt.Errorf("read journal after %d: %w", after, err)
	}
	return all, nil
}

// RecordByID returns one record of a lane; found is false where the journal has none.
func (db *DB) RecordByID(ctx context.Context, lane LaneID, id record.ID) (r Record, found bool, err error) {
	all, err := db.records(ctx, journalColumns+`WHERE closet = ? AND lane = ? AND id = ?`, lane.Closet.String(), string(lane.Lane), string(id))
	if err != nil {
		return Record{}, false, fmt.Errorf("read record %s of %s: %w", id, lane.Closet, err)
	}
	if len(all) == 0 {
		return Record{}, false, nil
	}
	return all[0], true, nil
}

func (db *DB) records(ctx context.Context, query string, args ...any) ([]Record, error) {
	var all []Record
	err := rows(ctx, db.read, func(rs *sql.Rows) error {
		var r Record
		var at int64
		var closet, lane, id string
		if err := rs.Scan(&r.Seq, &closet, &lane, &id, &at, &r.Payload); err != nil {
			return err
		}
		r.ReceivedAt, r.ID, r.Lane = moment(at), record.ID(id), record.Lane(lane)
		var err error
		r.Closet, err = record.ParseClosetID(closet)
		all = append(all, r)
		return err
	}, query, args...)
	return all, err
}

// PruneJournal removes measurements received before the given time that the
// reader called name has applied and no longer waits for. Lane a stays, and so
// does the last record of every run: a gap may have to begin at its time.
func (db *DB) PruneJournal(ctx context.Context, name string, before time.Time) error {
	err := db.Do(ctx, func(tx *Tx) error {
		return tx.exec(`DELETE FROM journal WHERE lane = 'm' AND received_at < ?
			AND seq <= (SELECT COALESCE(MAX(seq), 0) FROM mark WHERE name = ?)
			AND seq NOT IN (SELECT seq FROM waiting WHERE name = ?)
			AND NOT EXISTS (SELECT 1 FROM lane_have h WHERE h.closet = journal.closet AND h.lane = journal.lane
				AND h.gap = 0 AND journal.id = h.start || ':' || h.last)`, millis(before), name, name)
	})
	if err != nil {
		return fmt.Errorf("prune journal: %w", err)
	}
	return nil
}
