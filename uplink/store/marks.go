package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Mark returns how far the reader called name has applied the journal; 0 means
// from the beginning.
func (db *DB) Mark(ctx context.Context, name string) (int64, error) {
	var seq int64
	err := db.read.QueryRowContext(ctx, `SELECT seq FROM mark WHERE name = ?`, name).Scan(&seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read mark %s: %w", name, err)
	}
	return seq, nil
}

// SetMark moves the mark of a reader, in the same transaction as what it wrote.
func (t *Tx) SetMark(name string, seq int64) error {
	err := t.exec(`INSERT INTO mark (name, seq) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq`, name, seq)
	if err != nil {
		return fmt.Errorf("write mark %s: %w", name, err)
	}
	return nil
}

// SetMark moves the mark of a reader that writes nothing else here.
func (db *DB) SetMark(ctx context.Context, name string, seq int64) error {
	return db.Do(ctx, func(tx *Tx) error { return tx.SetMark(name, seq) })
}

// SetWaiting remembers that the reader called name passed over record seq because
// the time of that boot of the closet is not known yet.
func (t *Tx) SetWaiting(name, closet, boot string, seq int64) error {
	return t.exec(`INSERT INTO waiting (name, closet, boot, seq) VALUES (?,?,?,?) ON CONFLICT DO NOTHING`, name, closet, boot, seq)
}

// DropWaiting forgets what waited for that boot.
func (t *Tx) DropWaiting(name, closet, boot string) error {
	return t.exec(`DELETE FROM waiting WHERE name = ? AND closet = ? AND boot = ?`, name, closet, boot)
}

// Waiting returns the records that wait for that boot, in order.
func (db *DB) Waiting(ctx context.Context, name, closet, boot string) ([]Record, error) {
	all, err := db.records(ctx, journalColumns+`WHERE seq IN
		(SELECT seq FROM waiting WHERE name = ? AND closet = ? AND boot = ?) ORDER BY seq`, name, closet, boot)
	if err != nil {
		return nil, fmt.Errorf("read records of %s that wait for boot %s: %w", closet, boot, err)
	}
	return all, nil
}

// WaitingBoots returns the closet and boot of everything that waits.
func (db *DB) WaitingBoots(ctx context.Context, name string) (all [][2]string, err error) {
	err = rows(ctx, db.read, func(rs *sql.Rows) error {
		var k [2]string
		if err := rs.Scan(&k[0], &k[1]); err != nil {
			return err
		}
		all = append(all, k)
		return nil
	}, `SELECT DISTINCT closet, boot FROM waiting WHERE name = ?`, name)
	if err != nil {
		return nil, fmt.Errorf("read what waits for a boot: %w", err)
	}
	return all, nil
}

// keptBoots is how many boots of a closet are remembered.
const keptBoots = 64

// SetBoot remembers when a boot of a closet began. Old boots are forgotten.
func (t *Tx) SetBoot(closet, boot string, beganAt time.Time) error {
	err := t.exec(`INSERT INTO boot (closet, boot, began_at) VALUES (?,?,?)
		ON CONFLICT (closet, boot) DO UPDATE SET began_at = excluded.began_at`, closet, boot, millis(beganAt))
	if err != nil {
		return fmt.Errorf("write boot %s of %s: %w", boot, closet, err)
	}
	return t.exec(`DELETE FROM boot WHERE closet = ? AND boot NOT IN
		(SELECT boot FROM boot WHERE closet = ? ORDER BY began_at DESC LIMIT ?)`, closet, closet, keptBoots)
}

// Boots returns when each known boot of each closet began.
func (db *DB) Boots(ctx context.Context) (map[string]map[string]time.Time, error) {
	all := map[string]map[string]time.Time{}
	err := rows(ctx, db.read, func(rs *sql.Rows) error {
		var closet, boot string
		var at int64
		if err := rs.Scan(&closet, &boot, &at); err != nil {
			return err
		}
		if all[closet] == nil {
			all[closet] = map[string]time.Time{}
		}
		all[closet][boot] = moment(at)
		return nil
	}, `SELECT closet, boot, began_at FROM boot`)
	if err != nil {
		return nil, fmt.Errorf("read boots: %w", err)
	}
	return all, nil
}

// Retained is one retained message of the collector's broker that outlives it.
type Retained struct {
	Topic   string
	Payload []byte
	At      time.Time
}

// PutRetained keeps the latest payload of a retained topic; an empty payload removes it.
func (db *DB) PutRetained(ctx context.Context, m Retained) error {
	err := db.Do(ctx, func(tx *Tx) error {
		if len(m.Payload) == 0 {
			return tx.exec(`DELETE FROM retained WHERE topic = ?`, m.Topic)
		}
		return tx.exec(`INSERT INTO retained (topic, payload, changed_at) VALUES (?,?,?)
			ON CONFLICT (topic) DO UPDATE SET payload = excluded.payload, changed_at = excluded.changed_at`,
			m.Topic, m.Payload, millis(m.At))
	})
	if err != nil {
		return fmt.Errorf("write retained %s: %w", m.Topic, err)
	}
	return nil
}

// RetainedMessages returns all of them by topic.
func (db *DB) RetainedMessages(ctx context.Context) ([]Retained, error) {
	var all []Retained
	err := rows(ctx, db.read, func(rs *sql.Rows) error {
		var m Retained
		var at int64
		if err := rs.Scan(&m.Topic, &m.Payload, &at); err != nil {
			return err
		}
		m.At = moment(at)
		all = append(all, m)
		return nil
	}, `SELECT topic, payload, changed_at FROM retained ORDER BY topic`)
	if err != nil {
		return nil, fmt.Errorf("read retained messages: %w", err)
	}
	return all, nil
}
