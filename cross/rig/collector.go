package rig

import (
	"context"
	"net/url"

	"rackvakt/uplink/notify"
	"rackvakt/uplink/state"
	"rackvakt/uplink/web"
)

// Cases returns the cases of a site ("" for all), newest first.
func (a API) Cases(ctx context.Context, site string) ([]state.Case, error) {
	var v struct{ Cases []state.Case }
	err := a.Get(ctx, "/api/v1/cases?limit=1000&site="+url.QueryEscape(site), &v)
	return v.Cases, err
}

// Events returns the events of a site ("" for all), newest first.
func (a API) Events(ctx context.Context, site string) ([]web.Event, error) {
	var v struct{ Events []web.Event }
	err := a.Get(ctx, "/api/v1/events?limit=1000&site="+url.QueryEscape(site), &v)
	return v.Events, err
}

// Deliveries returns the messages of a site ("" for all), newest first.
func (a API) Deliveries(ctx context.Context, site string) ([]notify.Delivery, error) {
	var v struct{ Deliveries []notify.Delivery }
	err := a.Get(ctx, "/api/v1/deliveries?limit=1000&site="+url.QueryEscape(site), &v)
	return v.Deliveries, err
}

// Site is one site as the API tells it.
type Site struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Status  state.Status `json:"status"`
	Verdict []string     `json:"verdict"`
	Parties []string     `json:"parties"`
	Closets []struct {
		ID      string        `json:"id"`
		Status  state.Status  `json:"status"`
		AgeS    *float64      `json:"age_s"`
		Backlog bool          `json:"backlog"`
		Alarms  []state.Alarm `json:"alarms"`
	} `json:"closets"`
	Cases []state.Case `json:"cases"`
}

// Sites returns all sites in configured order.
func (a API) Sites(ctx context.Context) ([]Site, error) {
	var v struct{ Sites []Site }
	err := a.Get(ctx, "/api/v1/sites", &v)
	return v.Sites, err
}

// Readings returns the newest value of every point of a site.
func (a API) Readings(ctx context.Context, site string) ([]web.Reading, error) {
	var v struct{ Readings []web.Reading }
	err := a.Get(ctx, "/api/v1/sites/"+url.PathEscape(site), &v)
	return v.Readings, err
}
