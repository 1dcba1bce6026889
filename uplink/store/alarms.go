package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"rackvakt/uplink/state"
)

// Alarms and cases are kept as their own JSON beside the columns that they are
// searched by, so that a field added to them needs no migration.

// keepClosed is how long after its end a case is still handed out at start: its
// closing message may not have been queued.
const keepClosed = 24 * time.Hour

// restoredClosed is how many alarms that are over are handed out too: a record
// that is applied again after a crash must not raise one of them anew.
const restoredClosed = 1000

// LoadState returns the open alarms and the latest closed ones, and the cases that are open or closed lately.
func (db *DB) LoadState(ctx context.Context) (state.Restored, error) {
	var r state.Restored
	var err1, err2, err3 error
	r.Alarms, err1 = bodies[state.Alarm](ctx, db, `SELECT body FROM alarm WHERE open = 1 ORDER BY from_at, occ`)
	closed, err4 := bodies[state.Alarm](ctx, db, `SELECT body FROM alarm WHERE open = 0 ORDER BY from_at DESC, occ LIMIT ?`, restoredClosed)
	r.Alarms = append(r.Alarms, closed...)
	r.Cases, err2 = bodies[state.Case](ctx, db, `SELECT body FROM incident WHERE open = 1 OR closed_at >
		(SELECT COALESCE(MAX(closed_at), 0) FROM incident) - ? ORDER BY opened_at, id`, keepClosed.Milliseconds())
	r.Heard, err3 = db.heard(ctx)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return state.Restored{}, fmt.Errorf("load state: %w", err)
	}
	return r, nil
}

// SaveAlarm writes one occurrence as it is now.
func (db *DB) SaveAlarm(ctx context.Context, a state.Alarm) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("save alarm %s: %w", a.Change.Occ, err)
	}
	err = db.Do(ctx, func(tx *Tx) error {
		return tx.exec(`INSERT INTO alarm (closet, occ, code, open, from_at, case_id, body) VALUES (?,?,?,?,?,?,?)
			ON CONFLICT (closet, occ) DO UPDATE SET code = excluded.code, open = excluded.open,
				from_at = excluded.from_at, case_id = excluded.case_id, body = excluded.body`,
			a.Closet, a.Change.Occ, string(a.Change.Code), flag(a.Open()), millis(a.From), a.Case, string(body))
	})
	if err != nil {
		return fmt.Errorf("save alarm %s of %s: %w", a.Change.Occ, a.Closet, err)
	}
	return nil
}

// SaveCase writes a case as it is now.
func (db *DB) SaveCase(ctx context.Context, c state.Case) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("save case %s: %w", c.ID, err)
	}
	err = db.Do(ctx, func(tx *Tx) error {
		return tx.exec(`INSERT INTO incident (id, site, closet, open, opened_at, closed_at, body) VALUES (?,?,?,?,?,?,?)
			ON CONFLICT (id) DO UPDATE SET open = excluded.open, opened_at = excluded.opened_at,
				closed_at = excluded.closed_at, body = excluded.body`,
			c.ID, c.Site, c.Closet, flag(c.Open()), millis(c.Opened), millis(c.Closed), string(body))
	})
	if err != nil {
		return fmt.Errorf("save case %s: %w", c.ID, err)
	}
	return nil
}

// Alarms returns the alarms of a site ("" for all), the latest first; n 0 means 1,000.
func (db *DB) Alarms(ctx context.Context, site string, n int) ([]state.Alarm, error) {
	var where filter
	where.site("closet", site)
	all, err := bodies[state.Alarm](ctx, db, `SELECT body FROM alarm`+where.String()+` ORDER BY from_at DESC, occ LIMIT ?`, append(where.args, limit(n))...)
	if err != nil {
		return nil, fmt.Errorf("read alarms: %w", err)
	}
	return all, nil
}

// Cases returns the cases of a site ("" for all, region incidents too), the
// latest first; n 0 means 1,000.
func (db *DB) Cases(ctx context.Context, site string, n int) ([]state.Case, error) {
	var where filter
	if site != "" {
		where.add("site = ?", site)
	}
	all, err := bodies[state.Case](ctx, db, `SELECT body FROM incident`+where.String()+` ORDER BY opened_at DESC, id LIMIT ?`, append(where.args, limit(n))...)
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return all, nil
}

// bodies decodes the first column of every row.
func bodies[T any](ctx context.Context, db *DB, query string, args ...any) ([]T, error) {
	var all []T
	err := rows(ctx, db.read, func(rs *sql.Rows) error {
		var body []byte
		if err := rs.Scan(&body); err != nil {
			return err
		}
		var v T
		if err := json.Unmarshal(body, &v); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	}, query, args...)
	return all, err
}

// SetHeard keeps the last sign of life of closets (`<site>.<closet>`) over restarts.
func (db *DB) SetHeard(ctx context.Context, heard map[string]time.Time) error {
	err := db.Do(ctx, func(tx *Tx) error {
		var errs error
		for closet, at := range heard {
			errs = errors.Join(errs, tx.exec(`INSERT INTO heard (closet, at) VALUES (?,?)
				ON CONFLICT (closet) DO UPDATE SET at = excluded.at`, closet, millis(at)))
		}
		return errs
	})
	if err != nil {
		return fmt.Errorf("write signs of life: %w", err)
	}
	return nil
}

func (db *DB) heard(ctx context.Context) (map[string]time.Time, error) {
	all := map[string]time.Time{}
	err := rows(ctx, db.read, func(rs *sql.Rows) error {
		var closet string
		var at int64
		if err := rs.Scan(&closet, &at); err != nil {
			return err
		}
		all[closet] = moment(at)
		return nil
	}, `SELECT closet, at FROM heard`)
	return all, err
}

// filter gathers conditions that all must hold.
type filter struct {
	conds []string
	args  []any
}

func (f *filter) add(cond string, arg any) {
	f.conds = append(f.conds, cond)
	f.args = append(f.args, arg)
}

// site selects the closets of a site; column holds `<site>.<closet>`.
func (f *filter) site(column, site string) {
	if site != "" {
		f.add("substr("+column+", 1, ?)", len(site)+1)
		f.conds[len(f.conds)-1] += " = ?"
		f.args = append(f.args, site+".")
	}
}

// String returns the WHERE clause, or nothing.
func (f *filter) String() string {
	if len(f.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.conds, " AND ")
}

func limit(n int) int {
	if n <= 0 {
		return 1000
	}
	return n
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
