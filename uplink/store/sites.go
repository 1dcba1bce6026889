package store

import (
	"context"
	"encoding/json"
	"fmt"

	"rackvakt/uplink/state"
)

// SetSites makes the registry hold exactly the configured sites. Contacts are
// kept in the configuration only.
func (db *DB) SetSites(ctx context.Context, sites []state.Site) error {
	err := db.Do(ctx, func(tx *Tx) error {
		if err := tx.exec(`DELETE FROM site`); err != nil {
			return err
		}
		for _, s := range sites {
			body, err := json.Marshal(s)
			if err != nil {
				return err
			}
			if err := tx.exec(`INSERT INTO site (id, area, body) VALUES (?,?,?)`, s.ID, s.Area, string(body)); err != nil {
				return fmt.Errorf("site %s: %w", s.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write sites: %w", err)
	}
	return nil
}

// Sites returns the registry by id.
func (db *DB) Sites(ctx context.Context) ([]state.Site, error) {
	all, err := bodies[state.Site](ctx, db, `SELECT body FROM site ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read sites: %w", err)
	}
	return all, nil
}
