package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"rackvakt/uplink/notify"
)

// AddDeliveries puts messages into the outbox of notifications, in one commit;
// those whose key is there stay as they are.
func (db *DB) AddDeliveries(ctx context.Context, ds []notify.Delivery) error {
	err := db.Do(ctx, func(tx *Tx) error {
		var errs error
		for _, d := range ds {
			errs = errors.Join(errs, tx.putDelivery(d, `DO NOTHING`))
		}
		return errs
	})
	if err != nil {
		return fmt.Errorf("queue %d messages: %w", len(ds), err)
	}
	return nil
}

// SaveDelivery replaces the message with d's key.
func (db *DB) SaveDelivery(ctx context.Context, d notify.Delivery) error {
	err := db.Do(ctx, func(tx *Tx) error {
		return tx.putDelivery(d, `(key) DO UPDATE SET status = excluded.status, body = excluded.body`)
	})
	if err != nil {
		return fmt.Errorf("save message %s: %w", d.Key, err)
	}
	return nil
}

func (t *Tx) putDelivery(d notify.Delivery, onConflict string) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO delivery (key, site, channel, status, created_at, body) VALUES (?,?,?,?,?,?)
		ON CONFLICT `+onConflict, d.Key, d.Site, d.Channel, string(d.Status), millis(d.Created), string(body))
}

// WaitingDeliveries returns what is waiting on a channel, oldest first.
func (db *DB) WaitingDeliveries(ctx context.Context, channel string) ([]notify.Delivery, error) {
	all, err := bodies[notify.Delivery](ctx, db, `SELECT body FROM delivery WHERE channel = ? AND status = ?
		ORDER BY created_at, key`, channel, string(notify.Waiting))
	if err != nil {
		return nil, fmt.Errorf("read waiting messages of %s: %w", channel, err)
	}
	return all, nil
}

// Deliveries returns the messages of a site ("" for all), the latest first; n 0 means 1,000.
func (db *DB) Deliveries(ctx context.Context, site string, n int) ([]notify.Delivery, error) {
	var where filter
	if site != "" {
		where.add("site = ?", site)
	}
	all, err := bodies[notify.Delivery](ctx, db, `SELECT body FROM delivery`+where.String()+` ORDER BY created_at DESC, key LIMIT ?`, append(where.args, limit(n))...)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return all, nil
}
