package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// migrate applies the migrations that the store has not seen, each in its own
// transaction. A store written by a newer program is refused.
func (db *DB) migrate(ctx context.Context) error {
	_, err := db.write.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)`)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	for {
		done := false
		err := db.Do(ctx, func(tx *Tx) error {
			have, err := tx.schemaVersion()
			if err != nil {
				return err
			}
			if have > len(migrations) {
				return fmt.Errorf("schema version %d is newer than this program's %d", have, len(migrations))
			}
			if done = have == len(migrations); done {
				return nil
			}
			return tx.step(have)
		})
		if err != nil || done {
			return err
		}
	}
}

func (t *Tx) schemaVersion() (int, error) {
	var v int
	err := t.tx.QueryRowContext(t.ctx, `SELECT version FROM schema_version`).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, t.exec(`INSERT INTO schema_version (version) VALUES (0)`)
	}
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return v, nil
}

func (t *Tx) step(have int) error {
	for _, stmt := range migrations[have] {
		if err := t.exec(stmt); err != nil {
			return fmt.Errorf("migration %d: %w", have+1, err)
		}
	}
	return t.exec(`UPDATE schema_version SET version = ?`, have+1)
}

// migrations are numbered from 1 by their place, and only ever added to: a
// store in the field has run the old ones. Times are milliseconds since 1970,
// 0 where there is none.
var migrations = [][]string{
	{
		`CREATE TABLE lane (
			closet TEXT NOT NULL, lane TEXT NOT NULL, head TEXT NOT NULL, changed_at BIGINT NOT NULL,
			PRIMARY KEY (closet, lane))`,
		`CREATE TABLE lane_have (
			closet TEXT NOT NULL, lane TEXT NOT NULL, start TEXT NOT NULL, gap BIGINT NOT NULL,
			first BIGINT NOT NULL, last BIGINT NOT NULL,
			PRIMARY KEY (closet, lane, start, gap, first))`,
		`CREATE TABLE lane_covered (
			closet TEXT NOT NULL, lane TEXT NOT NULL, id TEXT NOT NULL,
			PRIMARY KEY (closet, lane, id))`,
		`CREATE TABLE journal (
			seq INTEGER NOT NULL PRIMARY KEY, closet TEXT NOT NULL, lane TEXT NOT NULL, id TEXT NOT NULL,
			received_at BIGINT NOT NULL, payload BLOB NOT NULL)`,
		`CREATE UNIQUE INDEX journal_id ON journal (closet, lane, id)`,
		`CREATE TABLE mark (name TEXT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL)`,
		`CREATE TABLE waiting (
			name TEXT NOT NULL, closet TEXT NOT NULL, boot TEXT NOT NULL, seq BIGINT NOT NULL,
			PRIMARY KEY (name, closet, boot, seq))`,
		`CREATE TABLE boot (
			closet TEXT NOT NULL, boot TEXT NOT NULL, began_at BIGINT NOT NULL,
			PRIMARY KEY (closet, boot))`,
		`CREATE TABLE retained (topic TEXT NOT NULL PRIMARY KEY, payload BLOB NOT NULL, changed_at BIGINT NOT NULL)`,
		`CREATE TABLE heard (closet TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)`,
		`CREATE TABLE alarm (
			closet TEXT NOT NULL, occ TEXT NOT NULL, code TEXT NOT NULL, open BIGINT NOT NULL,
			from_at BIGINT NOT NULL, case_id TEXT NOT NULL, body TEXT NOT NULL,
			PRIMARY KEY (closet, occ))`,
		`CREATE INDEX alarm_open ON alarm (open, from_at)`,
		`CREATE TABLE event (
			seq INTEGER NOT NULL PRIMARY KEY, closet TEXT NOT NULL, name TEXT NOT NULL, object TEXT NOT NULL,
			at BIGINT NOT NULL, received_at BIGINT NOT NULL, detail TEXT NOT NULL)`,
		`CREATE INDEX event_at ON event (at)`,
		`CREATE TABLE gap (
			closet TEXT NOT NULL, lane TEXT NOT NULL, id TEXT NOT NULL, origin TEXT NOT NULL, why TEXT NOT NULL,
			from_at BIGINT NOT NULL, to_at BIGINT NOT NULL, noted_at BIGINT NOT NULL, detail TEXT NOT NULL,
			PRIMARY KEY (closet, lane, id))`,
		`CREATE INDEX gap_noted ON gap (noted_at)`,
		`CREATE TABLE incident (
			id TEXT NOT NULL PRIMARY KEY, site TEXT NOT NULL, closet TEXT NOT NULL, open BIGINT NOT NULL,
			opened_at BIGINT NOT NULL, closed_at BIGINT NOT NULL, body TEXT NOT NULL)`,
		`CREATE INDEX incident_open ON incident (open, opened_at)`,
		`CREATE TABLE delivery (
			key TEXT NOT NULL PRIMARY KEY, site TEXT NOT NULL, channel TEXT NOT NULL, status TEXT NOT NULL,
			created_at BIGINT NOT NULL, body TEXT NOT NULL)`,
		`CREATE INDEX delivery_waiting ON delivery (status, channel, created_at)`,
		`CREATE TABLE site (id TEXT NOT NULL PRIMARY KEY, area TEXT NOT NULL, body TEXT NOT NULL)`,
	},
}
