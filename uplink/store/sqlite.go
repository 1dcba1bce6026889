package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", without cgo

	"rackvakt/sensors/strictyaml"
)

// Options configure both stores.
type Options struct {
	// Dir holds everything: collector.db and the folder samples.
	Dir string `yaml:"dir" example:"/var/lib/rackvakt-collector"`
	// Retention is how long samples are kept; 0 means the default of 400 days.
	Retention time.Duration `yaml:"retention" example:"9600h"`
}

// DefaultOptions returns the options of a collector that was configured with nothing.
func DefaultOptions() Options {
	return Options{
		Dir:       "/var/lib/rackvakt-collector",
		Retention: 400 * 24 * time.Hour,
	}
}

// Validate reports impossible values.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.Dir == "" {
		r.Bad("dir", nil, "the folder of the collector's data", "/var/lib/rackvakt-collector")
	}
	if o.Retention != 0 && o.Retention < 24*time.Hour {
		r.Bad("retention", o.Retention, "at least a day", "9600h")
	}
}

// readers is the number of connections that only read. Readers never wait for
// the writer in WAL mode.
const readers = 4

// DB is the relational store. Its methods may be called from any goroutine:
// writes go one after the other over one connection, reads run beside them.
type DB struct {
	write *sql.DB
	read  *sql.DB
	path  string
}

// Open opens dir/collector.db, makes it where it is missing, and brings its
// schema up to date.
func Open(ctx context.Context, dir string) (*DB, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(dir, "collector.db"))
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db := &DB{path: path}
	if db.write, err = connect(path, 1, "immediate"); err != nil {
		return nil, err
	}
	if db.read, err = connect(path, readers, "deferred"); err != nil {
		return nil, errors.Join(err, db.write.Close())
	}
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), db.Close())
	}
	return db, nil
}

func connect(path string, conns int, lock string) (*sql.DB, error) {
	q := url.Values{"_txlock": {lock}}
	for _, p := range []string{"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "foreign_keys(1)"} {
		q.Add("_pragma", p)
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// Close closes the store.
func (db *DB) Close() error { return errors.Join(db.read.Close(), db.write.Close()) }

// Ping reports whether the store answers, for /healthz.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return fmt.Errorf("ask store %s: %w", db.path, err)
	}
	return nil
}

// Tx is one transaction: all of it is kept, or nothing.
type Tx struct {
	ctx context.Context
	tx  *sql.Tx
}

// Do runs f in one transaction of the writing connection. When it returns nil,
// everything that f wrote is on the disk; when it returns an error, nothing is.
func (db *DB) Do(ctx context.Context, f func(*Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(&Tx{ctx: ctx, tx: tx}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func (t *Tx) exec(query string, args ...any) error {
	_, err := t.tx.ExecContext(t.ctx, query, args...)
	return err
}

// rows runs a query and hands each row to scan. q is a *sql.DB or *sql.Tx.
func rows(ctx context.Context, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, scan func(*sql.Rows) error, query string, args ...any) (err error) {
	rs, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rs.Close()) }()
	for rs.Next() {
		if err := scan(rs); err != nil {
			return err
		}
	}
	return rs.Err()
}

// millis stores a time as milliseconds since 1970; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// moment is the inverse of millis.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
