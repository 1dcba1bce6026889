package broker

import (
	"strings"

	"rackvakt/uplink/record"
)

// mayWrite reports whether closet id may publish to topic (protocol.md, Topics).
func mayWrite(id record.ClosetID, topic string) bool {
	t, err := record.ParseTopic(topic)
	return err == nil && t.Closet == id && t.Leaf.FromCloset()
}

// mayRead reports whether closet id may subscribe to filter, or be sent a message
// of that topic. The area may be a wildcard, nothing else.
func mayRead(id record.ClosetID, filter string) bool {
	rest, ok := strings.CutPrefix(filter, record.TopicPrefix+"+/")
	if ok {
		filter = record.TopicPrefix + "any/" + rest
	}
	t, err := record.ParseTopic(filter)
	return err == nil && t.Closet == id && !t.Leaf.FromCloset()
}

// mayKeep reports whether a closet may have a message of that leaf retained.
func mayKeep(leaf record.Leaf) bool {
	return leaf == record.LeafState || leaf == record.LeafBirth || leaf == record.LeafNow
}

// clientOf reports whether clientID is one that closet id may use:
// `<id>.<path>.<start>`. Otherwise a closet could throw out another's session.
func clientOf(id record.ClosetID, clientID string) bool {
	return strings.HasPrefix(clientID, id.String()+".")
}

// closetOfClient returns the closet that a client id names, for the plain listener.
func closetOfClient(clientID string) (record.ClosetID, bool) {
	parts := strings.SplitN(clientID, ".", 3)
	if len(parts) != 3 {
		return record.ClosetID{}, false
	}
	id, err := record.ParseClosetID(parts[0] + "." + parts[1])
	return id, err == nil
}
