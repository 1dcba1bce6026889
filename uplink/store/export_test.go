package store

import "context"

// SetSchemaVersion makes the store look as if another program had written it.
func SetSchemaVersion(db *DB, v int) error {
	return db.Do(context.Background(), func(tx *Tx) error { return tx.exec(`UPDATE schema_version SET version = ?`, v) })
}
