package broker

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"rackvakt/uplink/record"
)

// protocol311 is the protocol level of MQTT 3.1.1, the only one that is spoken:
// later ones have delayed wills and sessions that outlive the rules here.
const protocol311 = 4

// maxKept bounds the retained topics of one closet: its paths, `now`, the monitor
// and every device.
const maxKept = 128

// hook stands in the broker's way of every connection and message of a closet.
type hook struct {
	mqtt.HookBase
	log     *slog.Logger
	handler atomic.Pointer[Handler]
	refused atomic.Uint64

	mu    sync.Mutex // guards the rest
	kept  map[record.ClosetID]map[string]bool
	named map[string]bool
}

func newHook(log *slog.Logger) *hook {
	return &hook{log: log, kept: map[record.ClosetID]map[string]bool{}, named: map[string]bool{}}
}

// ID names the hook.
func (h *hook) ID() string { return "rackvakt" }

// Provides tells which calls the hook wants.
func (h *hook) Provides(b byte) bool {
	return bytes.Contains([]byte{
		mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPublish, mqtt.OnWillSent,
	}, []byte{b})
}

// OnConnect decides whose session this is and keeps that name as the user name,
// which nobody else sets. The will is checked here: it is published later without
// any further question.
func (h *hook) OnConnect(cl *mqtt.Client, pk packets.Packet) error {
	id, err := identify(cl)
	if err == nil {
		err = checkConnect(id, cl, pk)
	}
	if will := cl.Properties.Will; err == nil && pk.Connect.WillFlag && will.Retain && !h.keep(will.TopicName, true) {
		err = fmt.Errorf("%s: last will for one retained topic too many, %d are kept", id, maxKept)
	}
	if err != nil {
		h.refuse(cl.Net.Remote, "session", err)
		return packets.ErrNotAuthorized
	}
	cl.Properties.Username = []byte(id.String())
	return nil
}

// identify returns the closet that the certificate names, or on the plain
// listener the one that the client id names.
func identify(cl *mqtt.Client) (record.ClosetID, error) {
	if cl.Net.Listener == listenPlain {
		id, ok := closetOfClient(cl.ID)
		if !ok {
			return id, fmt.Errorf("client id %.80q names no closet", cl.ID)
		}
		return id, nil
	}
	conn, ok := cl.Net.Conn.(*tls.Conn)
	if !ok || len(conn.ConnectionState().VerifiedChains) == 0 {
		return record.ClosetID{}, errors.New("no verified certificate")
	}
	return record.ParseClosetID(conn.ConnectionState().VerifiedChains[0][0].Subject.CommonName)
}

func checkConnect(id record.ClosetID, cl *mqtt.Client, pk packets.Packet) error {
	will := cl.Properties.Will
	switch {
	case cl.Properties.ProtocolVersion != protocol311:
		return fmt.Errorf("%s: MQTT protocol level %d, only 4 (3.1.1) is spoken", id, cl.Properties.ProtocolVersion)
	case !clientOf(id, cl.ID):
		return fmt.Errorf("%s: client id %.80q is not its own", id, cl.ID)
	case !pk.Connect.Clean:
		return fmt.Errorf("%s: session that should outlive the connection", id)
	case pk.Connect.Keepalive == 0:
		return fmt.Errorf("%s: no keep-alive", id)
	case !pk.Connect.WillFlag:
		return nil
	}
	t, err := record.ParseTopic(will.TopicName)
	if err != nil || t.Leaf != record.LeafState || !mayWrite(id, will.TopicName) || len(will.Payload) > record.MaxRecord {
		return fmt.Errorf("%s: last will for %.120q", id, will.TopicName)
	}
	return nil
}

// OnConnectAuthenticate lets in what OnConnect has named.
func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, _ packets.Packet) bool {
	return len(cl.Properties.Username) > 0
}

// OnACLCheck holds the rights of every publish, subscription and delivery.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	id, err := record.ParseClosetID(string(cl.Properties.Username))
	if err != nil {
		return false
	}
	if write && mayWrite(id, topic) || !write && mayRead(id, topic) {
		return true
	}
	h.refuse(id.String(), "topic", fmt.Errorf("%s: no right to %.120q", id, topic))
	return false
}

// OnPublish runs in the reading loop of the client: it hands over and returns.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline {
		return pk, nil
	}
	h.hand(Message{Topic: pk.TopicName, Payload: pk.Payload})
	if pk.FixedHeader.Retain && h.keep(pk.TopicName, len(pk.Payload) > 0) {
		return pk, nil
	}
	// Nobody but the collector listens to a closet, and it has the message now.
	return pk, packets.CodeSuccessIgnore
}

// OnWillSent hands a will on. It was checked when it was left.
func (h *hook) OnWillSent(_ *mqtt.Client, pk packets.Packet) {
	h.hand(Message{Topic: pk.TopicName, Payload: pk.Payload, Will: true})
}

func (h *hook) hand(m Message) {
	if f := h.handler.Load(); f != nil {
		(*f)(m)
	}
}

// keep reports whether a retained message may stay, and counts its topic.
func (h *hook) keep(topic string, filled bool) bool {
	t, err := record.ParseTopic(topic)
	if err != nil || !mayKeep(t.Leaf) {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	topics := h.kept[t.Closet]
	if topics == nil {
		topics = map[string]bool{}
		h.kept[t.Closet] = topics
	}
	if !filled {
		delete(topics, topic)
		return true
	}
	if len(topics) >= maxKept && !topics[topic] {
		return false
	}
	topics[topic] = true
	return true
}

// refuse counts a breach and names the first of each closet or address in the log.
func (h *hook) refuse(who, what string, err error) {
	h.refused.Add(1)
	if host, _, herr := net.SplitHostPort(who); herr == nil {
		who = host // a port is new with every attempt
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if key := what + " " + who; !h.named[key] {
		h.named[key] = true
		h.log.Warn("refused by the broker", "from", who, "what", what, "error", err)
	}
}
