package agent

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"rackvakt/snmp/trap"
	"rackvakt/uplink/alarm"
)

// traps holds the listener that runs, for its counts. The zero value has none.
type traps struct {
	mu       sync.Mutex
	listener *trap.Listener // guarded by mu
}

func (t *traps) set(l *trap.Listener) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.listener = l
}

// view returns the counts; nil where there is no listener.
func (t *traps) view(listen string) *Traps {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.listener == nil {
		return nil
	}
	return &Traps{Listen: listen, Stats: t.listener.Stats()}
}

// startTraps starts the listener where the file has one. A trap says that its
// device may have something to tell, and has it asked.
func (c *closet) startTraps(ctx context.Context) {
	o := c.cfg.Traps()
	if o.Listen == "" {
		return
	}
	c.group.start(ctx, "traps", func(ctx context.Context) error {
		l := trap.New(o, trap.Deps{Log: c.log, Handle: func(n trap.Notification) {
			c.log.Debug("trap", "device", n.Device, "kind", string(n.Kind), "oid", n.OID.String(), "if_index", n.Index.Value, "inform", n.Inform)
			c.polled.heard(n)
		}})
		c.traps.set(l)
		return l.Run(ctx)
	})
}

// trapWords are what Print says of traps.
var trapWords = map[string]alarm.Text{
	"traps":    {SV: "TRAPPAR", EN: "TRAPS"},
	"accepted": {SV: "%d mottagna", EN: "%d accepted"},
	"dropped":  {SV: "%d kastade", EN: "%d dropped"},

	string(trap.Malformed):      {SV: "går inte att läsa", EN: "malformed"},
	string(trap.Version):        {SV: "version som inte tas emot", EN: "version not taken"},
	string(trap.WrongCommunity): {SV: "fel community", EN: "wrong community"},
	string(trap.UnknownSender):  {SV: "okänd avsändare", EN: "unknown sender"},
	string(trap.UnknownUser):    {SV: "okänd användare", EN: "unknown user"},
	string(trap.UnknownEngine):  {SV: "okänt engine id", EN: "unknown engine id"},
	string(trap.Level):          {SV: "säkerhetsnivån godtas inte", EN: "security level refused"},
	string(trap.WrongDigest):    {SV: "fel autentisering", EN: "wrong authentication"},
	string(trap.NotInWindow):    {SV: "utanför tidsfönstret", EN: "not in time window"},
	string(trap.Undecryptable):  {SV: "går inte att dekryptera", EN: "cannot be decrypted"},
	string(trap.Replayed):       {SV: "upprepad", EN: "replayed"},
	string(trap.NoNotification): {SV: "inget meddelande", EN: "no notification"},
	string(trap.Flood):          {SV: "för många", EN: "too many"},
	string(trap.Busy):           {SV: "kön är full", EN: "queue full"},
	string(trap.Discovery):      {SV: "frågor före INFORM", EN: "questions before an INFORM"},
}

// traps writes the counts; nothing where no listener runs.
func (p *printer) traps(t *Traps) {
	if t == nil {
		return
	}
	say := func(key string) string { return trapWords[key].In(p.view.Lang) }
	accepted, dropped := 0, 0
	for _, n := range t.Accepted {
		accepted += n
	}
	var why []string
	for _, reason := range slices.Sorted(maps.Keys(t.Dropped)) {
		dropped += t.Dropped[reason]
		why = append(why, fmt.Sprintf("%s %d", say(string(reason)), t.Dropped[reason]))
	}
	told := fmt.Sprintf(say("dropped"), dropped)
	if dropped > 0 {
		told += " (" + strings.Join(why, ", ") + ")"
	}
	p.line("\n%s", say("traps"))
	p.row(t.Listen, fmt.Sprintf(say("accepted"), accepted), told)
}
