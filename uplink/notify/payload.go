package notify

import (
	"encoding/json"
	"fmt"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

// PayloadVersion is the version of Payload.
const PayloadVersion = 1

// Payload is the JSON body of a webhook, version 1. A limited channel gets only
// Version, Key, Kind, Case, Site.ID and Code.
type Payload struct {
	Version int        `json:"version"`
	Key     string     `json:"key"`
	Kind    state.Kind `json:"kind"`
	Case    string     `json:"case"`
	Code    alarm.Code `json:"code"`
	Site    Place      `json:"site"`
	// Seq counts the messages of the case; For is the party whose view this is.
	Seq      int         `json:"seq,omitempty"`
	For      alarm.Party `json:"for,omitempty"`
	Object   string      `json:"object,omitempty"`
	Severity string      `json:"severity,omitempty"`
	Class    alarm.Class `json:"class,omitempty"`
	Title    string      `json:"title,omitempty"`
	Sentence string      `json:"sentence,omitempty"`
	Verdict  []Verdict   `json:"verdict,omitempty"`
	Evidence []string    `json:"evidence,omitempty"`
	// Start and End are when the trouble began and ended; Measured: by the closet.
	Start    *time.Time `json:"start,omitempty"`
	End      *time.Time `json:"end,omitempty"`
	Seconds  int64      `json:"seconds,omitempty"`
	Measured bool       `json:"measured,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	Owner    *Owner     `json:"owner,omitempty"`
	Routine  string     `json:"reserve_routine,omitempty"`
	Sites    []string   `json:"sites,omitempty"`
	// Subject and Text are the message as an e-mail would say it.
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text,omitempty"`
}

// Place is the site of a case; ID is empty for a region incident.
type Place struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	HSAID  string `json:"hsa_id,omitempty"`
	Closet string `json:"closet,omitempty"`
}

// Verdict is one cause in words, with what speaks for it and against.
type Verdict struct {
	Name       alarm.CauseName `json:"name"`
	Title      string          `json:"title"`
	For        []string        `json:"for,omitempty"`
	Against    []string        `json:"against,omitempty"`
	Candidates []string        `json:"candidates,omitempty"`
	Check      string          `json:"check,omitempty"`
}

// Owner is the party that must act, and how it is reached.
type Owner struct {
	Party    alarm.Party `json:"party"`
	Name     string      `json:"name"`
	Function string      `json:"function,omitempty"`
	Phone    string      `json:"phone,omitempty"`
}

var severityWords = map[alarm.Severity]string{alarm.Info: "info", alarm.Warning: "warning", alarm.Critical: "critical"}

// payload writes n as JSON for r.
func payload(key string, n state.Notice, site state.Site, names []string, r Reader, limited bool) (string, error) {
	k := n.Case
	p := Payload{Version: PayloadVersion, Key: key, Kind: n.Kind, Case: k.ID, Code: k.Code, Site: Place{ID: k.Site}}
	if !limited {
		p.fill(n, site, names, r)
	}
	body, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write message %s: %w", key, err)
	}
	return string(body), nil
}

func (p *Payload) fill(n state.Notice, site state.Site, names []string, r Reader) {
	k, m, text := n.Case, shown(n.Case, site, r), Render(n, site, names, r)
	p.Site = Place{ID: k.Site, Name: site.Name, Closet: k.Closet}
	p.Seq, p.For, p.Object, p.Severity, p.Class = n.Seq, r.Party, m.Object, severityWords[k.Severity], k.Class
	p.Title, p.Sentence, p.Evidence = m.Title, m.Sentence, m.Evidence
	for _, c := range m.Causes {
		p.Verdict = append(p.Verdict, Verdict{Name: c.Name, Title: c.Title, For: c.For, Against: c.Against, Candidates: c.Candidates, Check: c.Check})
	}
	p.Start, p.Measured = &k.Start, k.Measured
	if n.Kind == state.Closed {
		p.End, p.Reason, p.Seconds = &k.End, k.Reason, int64(k.End.Sub(k.Start).Seconds())
	}
	contact := site.Contacts[k.Party]
	p.Owner = &Owner{Party: k.Party, Name: alarm.PartyName(k.Party, r.Lang), Function: contact.Function, Phone: contact.Phone}
	if r.Party != alarm.PropertyOwner {
		p.Site.HSAID, p.Routine = site.HSAID, site.Routine
	} else if site.Building != "" {
		p.Site.Name = site.Building
	}
	p.Sites, p.Subject, p.Text = names, text.Subject, text.Text
}
