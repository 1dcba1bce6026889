package notify

import (
	"net"
	"net/mail"
	"net/url"
	"slices"
	"time"

	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/alarm"
)

// TLS says how an SMTP connection is protected.
type TLS string

// TLS policies of SMTP.
const (
	TLSRequired      TLS = "required"      // STARTTLS, or no delivery
	TLSOpportunistic TLS = "opportunistic" // STARTTLS where it is offered
	TLSImplicit      TLS = "implicit"      // TLS from the first byte (port 465)
	TLSNone          TLS = "none"          // plain text, for a relay on the same machine
)

// Options say where messages go. With neither SMTP nor webhooks nothing is sent.
type Options struct {
	SMTP     SMTP      `yaml:"smtp"`
	Webhooks []Webhook `yaml:"webhooks"`
	// Page is the address of the collector's page, named in messages; empty: none is named.
	Page string `yaml:"page" example:"https://rackvakt.region.example"`
	// FirstRetry doubles up to LastRetry; after GiveUp a message is marked failed.
	FirstRetry time.Duration `yaml:"first_retry" example:"2s"`
	LastRetry  time.Duration `yaml:"last_retry" example:"5m"`
	GiveUp     time.Duration `yaml:"give_up" example:"72h"`
}

// SMTP is the mail relay. An empty Address switches it off.
type SMTP struct {
	Address string `yaml:"address" example:"smtp.region.example:587"`
	// From is the sender; Message-IDs are made in its domain.
	From string `yaml:"from" example:"rackvakt@region.example"`
	TLS  TLS    `yaml:"tls" example:"required"`
	// Username empty: no login.
	Username string            `yaml:"username" example:"rackvakt"`
	Password strictyaml.Secret `yaml:"password"`
	// Timeout bounds one delivery from dial to QUIT.
	Timeout time.Duration `yaml:"timeout" example:"15s"`
}

// Webhook is one receiver of JSON messages.
type Webhook struct {
	// Name is the channel's name in deliveries: unique.
	Name string `yaml:"name" example:"servicedesk"`
	URL  string `yaml:"url" example:"https://servicedesk.region.example/rackvakt"`
	// Secret signs each message (HMAC-SHA256).
	Secret strictyaml.Secret `yaml:"secret"`
	// Parties lists on whose behalf it is told; each gets what that party may see.
	Parties []alarm.Party `yaml:"parties"`
	// Limited sends site, code and case number only: for cloud services.
	Limited bool   `yaml:"limited" example:"true"`
	Lang    string `yaml:"lang" example:"sv"`
	// Timeout bounds one delivery.
	Timeout time.Duration `yaml:"timeout" example:"10s"`
}

// DefaultOptions send nothing; only the times are set.
func DefaultOptions() Options {
	return Options{
		SMTP:       SMTP{TLS: TLSRequired, Timeout: 15 * time.Second},
		FirstRetry: 2 * time.Second, LastRetry: 5 * time.Minute, GiveUp: 72 * time.Hour,
	}
}

// SetDefaults fills one webhook of a list before it is read.
func (w *Webhook) SetDefaults() {
	*w = Webhook{Lang: "sv", Timeout: 10 * time.Second, Parties: []alarm.Party{alarm.RegionIT}}
}

// Validate refuses what could not send.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.FirstRetry <= 0 || o.FirstRetry > o.LastRetry {
		r.Bad("first_retry", o.FirstRetry, "above 0 and at most last_retry", "2s")
	}
	if o.GiveUp < o.LastRetry {
		r.Bad("give_up", o.GiveUp, "at least last_retry", "72h")
	}
	if o.Page != "" && !webAddress(o.Page) {
		r.Bad("page", o.Page, "an http or https address", "https://rackvakt.region.example")
	}
	names := map[string]bool{}
	for _, w := range o.Webhooks {
		if names[w.Name] {
			r.Bad("webhooks", w.Name, "each name once", "servicedesk")
		}
		names[w.Name] = true
	}
}

// Validate refuses an address without port, a sender that is none, an unknown policy.
func (s *SMTP) Validate(r *strictyaml.Report) {
	if s.Address == "" {
		return
	}
	if _, _, err := net.SplitHostPort(s.Address); err != nil {
		r.Bad("address", s.Address, "host:port", "smtp.region.example:587")
	}
	if a, err := mail.ParseAddress(s.From); err != nil || a.Name != "" {
		r.Bad("from", s.From, "a plain e-mail address", "rackvakt@region.example")
	}
	if !slices.Contains([]TLS{TLSRequired, TLSOpportunistic, TLSImplicit, TLSNone}, s.TLS) {
		r.Bad("tls", s.TLS, "required, opportunistic, implicit or none", "required")
	}
	if s.Username != "" && !s.Password.Set() {
		r.Bad("password", nil, "a secret for the username", "{file: /etc/rackvakt/smtp.pass}")
	}
	if s.Timeout <= 0 {
		r.Bad("timeout", s.Timeout, "a duration above 0", "15s")
	}
}

// Validate refuses a webhook that could not be called or not be trusted.
func (w *Webhook) Validate(r *strictyaml.Report) {
	if w.Name == "" {
		r.Bad("name", nil, "a name", "servicedesk")
	}
	if !webAddress(w.URL) {
		r.Bad("url", w.URL, "an http or https address", "https://servicedesk.region.example/rackvakt")
	}
	if !w.Secret.Set() {
		r.Bad("secret", nil, "the secret that signs messages", "{file: /etc/rackvakt/webhook.key}")
	}
	if w.Lang != "sv" && w.Lang != "en" {
		r.Bad("lang", w.Lang, "sv or en", "sv")
	}
	if w.Timeout <= 0 {
		r.Bad("timeout", w.Timeout, "a duration above 0", "10s")
	}
	for _, p := range w.Parties {
		if !slices.Contains([]alarm.Party{alarm.RegionIT, alarm.PropertyOwner, alarm.CareProvider, alarm.Technician}, p) {
			r.Bad("parties", p, "region_it, property_owner, care_provider or technician", "region_it")
		}
	}
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
