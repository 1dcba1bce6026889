package record

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Leaf is the last part of a topic.
type Leaf string

// Leaves. State and Birth carry one level more: the path, the part.
const (
	LeafState   Leaf = "state"
	LeafBirth   Leaf = "birth"
	LeafNow     Leaf = "now"
	LeafHB      Leaf = "hb"
	LeafAlarm   Leaf = "alarm"
	LeafMetrics Leaf = "metrics"
	LeafAck     Leaf = "ack"
	LeafDesired Leaf = "desired"
	LeafCmd     Leaf = "cmd"
)

// fromCloset tells for each leaf whether the closet writes it (else the collector).
var fromCloset = map[Leaf]bool{
	LeafState: true, LeafBirth: true, LeafNow: true, LeafHB: true, LeafAlarm: true, LeafMetrics: true,
	LeafAck: false, LeafDesired: false, LeafCmd: false,
}

// FromCloset reports whether the closet writes the leaf.
func (l Leaf) FromCloset() bool { return fromCloset[l] }

// LeafOf returns the topic leaf of a lane, and LaneOf the lane of a leaf.
func LeafOf(lane Lane) Leaf {
	if lane == LaneA {
		return LeafAlarm
	}
	return LeafMetrics
}

// LaneOf returns the lane of a leaf; false if the leaf is none.
func LaneOf(leaf Leaf) (Lane, bool) {
	switch leaf {
	case LeafAlarm:
		return LaneA, true
	case LeafMetrics:
		return LaneM, true
	}
	return "", false
}

// TopicPrefix begins every topic of this version.
const TopicPrefix = "rackvakt/v1/"

// ErrTopic is wrapped by every refusal of a topic.
var ErrTopic = errors.New("bad topic")

var (
	areaPattern = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	namePattern = regexp.MustCompile(`^[a-z0-9-]{1,24}$`)
	pathPattern = regexp.MustCompile(`^[a-z0-9-]{1,16}$`)
	partPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
)

// ClosetID names a closet: <site>.<closet>, the CN of its certificate.
type ClosetID struct{ Site, Closet string }

// String writes <site>.<closet>.
func (c ClosetID) String() string { return c.Site + "." + c.Closet }

// ParseClosetID is the inverse of String.
func ParseClosetID(s string) (ClosetID, error) {
	site, closet, ok := strings.Cut(s, ".")
	if !ok || !namePattern.MatchString(site) || !namePattern.MatchString(closet) {
		return ClosetID{}, fmt.Errorf("%w: closet %.60q is not <site>.<closet>", ErrTopic, s)
	}
	return ClosetID{site, closet}, nil
}

// Topic is rackvakt/v1/<area>/<site>.<closet>/<leaf>[/<sub>].
type Topic struct {
	Area   string
	Closet ClosetID
	Leaf   Leaf
	// Sub is the path (state) or the part (birth); "" for all others.
	Sub string
}

// String writes the topic; it does not check it, see Check.
func (t Topic) String() string {
	s := TopicPrefix + t.Area + "/" + t.Closet.String() + "/" + string(t.Leaf)
	if t.Sub != "" {
		s += "/" + t.Sub
	}
	return s
}

// Of returns the topic of another leaf of the same closet.
func (t Topic) Of(leaf Leaf, sub string) Topic {
	t.Leaf, t.Sub = leaf, sub
	return t
}

// Check reports what in the topic breaks the patterns, or nil.
func (t Topic) Check() error {
	_, known := fromCloset[t.Leaf]
	sub := t.Sub == ""
	switch t.Leaf {
	case LeafState:
		sub = pathPattern.MatchString(t.Sub)
	case LeafBirth:
		sub = partPattern.MatchString(t.Sub)
	}
	if !areaPattern.MatchString(t.Area) || !namePattern.MatchString(t.Closet.Site) || !namePattern.MatchString(t.Closet.Closet) || !known || !sub {
		return fmt.Errorf("%w: %.120q", ErrTopic, t.String())
	}
	return nil
}

// ParseTopic is the inverse of String and refuses what Check refuses.
func ParseTopic(s string) (Topic, error) {
	rest, ok := strings.CutPrefix(s, TopicPrefix)
	parts := strings.Split(rest, "/")
	if !ok || len(parts) < 3 || len(parts) > 4 {
		return Topic{}, fmt.Errorf("%w: %.120q", ErrTopic, s)
	}
	closet, err := ParseClosetID(parts[1])
	if err != nil {
		return Topic{}, err
	}
	t := Topic{Area: parts[0], Closet: closet, Leaf: Leaf(parts[2])}
	if len(parts) == 4 {
		t.Sub = parts[3]
	}
	if err := t.Check(); err != nil || t.String() != s {
		return Topic{}, fmt.Errorf("%w: %.120q", ErrTopic, s)
	}
	return t, nil
}

// ClientID names the MQTT client of one uplink path of one start: <id>.<path>.<start>.
func ClientID(closet ClosetID, path, start string) string {
	return closet.String() + "." + path + "." + start
}
