package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/sensors/sim"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/notify"
	"rackvakt/uplink/state"
)

// story plays the demo and tells what the collector says of it.
type story struct {
	r       *region
	clinics []*clinic
	out     io.Writer
	lang    string
	// patience bounds the wait for each thing that must happen.
	patience time.Duration
}

// say prints one line in the language of the reader.
func (s *story) say(sv, en string, args ...any) {
	text := sv
	if s.lang == "en" {
		text = en
	}
	fmt.Fprintf(s.out, text+"\n", args...)
}

// until waits for something that the story needs; that it does not come is an error.
func (s *story) until(ctx context.Context, what string, probe func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	return rig.Until(ctx, what, func() (bool, error) {
		ok, err := probe(ctx)
		if err != nil && ctx.Err() != nil {
			return false, nil // the wait is over anyway and says so
		}
		return ok, err
	})
}

// play tells the whole story; it stops at the first thing that does not happen.
func (s *story) play(ctx context.Context) error {
	for _, scene := range []func(context.Context) error{s.normal, s.door, s.sjunetCut, s.restored, s.mainsLost} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	return nil
}

// normal waits until every closet is online and its measurements have arrived.
func (s *story) normal(ctx context.Context) error {
	s.say("\n1. Allt är som det ska.", "\n1. All is well.")
	for _, c := range s.clinics {
		err := s.until(ctx, c.id()+" online with measurements and no open case", func(ctx context.Context) (bool, error) {
			sites, err := s.r.api().Sites(ctx)
			if err != nil {
				return false, err
			}
			i := slices.IndexFunc(sites, func(x rig.Site) bool { return x.ID == c.site })
			if i < 0 || sites[i].Status != state.Online || len(sites[i].Cases) > 0 {
				return false, nil
			}
			return s.measured(ctx, c)
		})
		if err != nil {
			return err
		}
		s.say("   %-22s i kontakt, mätvärden kommer in", "   %-22s in contact, measurements arrive", c.name)
	}
	return nil
}

// measured reports whether a reading of each kind that the clinic has is in the
// time-series store: its switch ports, its sensors, its way out.
func (s *story) measured(ctx context.Context, c *clinic) (bool, error) {
	readings, err := s.r.api().Readings(ctx, c.site)
	if err != nil {
		return false, err
	}
	want := []string{"probe_result"}
	if c.ports > 0 {
		want = append(want, "interface_oper_status", "temperature_celsius", "door_open", "mains_present")
	}
	for _, name := range want {
		if !slices.ContainsFunc(readings, func(r reading) bool { return r.Name == name && r.Quality == "good" }) {
			return false, nil
		}
	}
	return true, nil
}

// door opens the closet's door: an event, no alarm.
func (s *story) door(ctx context.Context) error {
	c := s.clinics[0]
	s.say("\n2. Dörren till nätskåpet i %s öppnas.", "\n2. The door of the closet in %s opens.", c.name)
	begin := time.Now()
	if err := sim.Apply(ctx, c.simSocket(), []string{"door=open"}); err != nil {
		return err
	}
	err := s.until(ctx, "the door's event", func(ctx context.Context) (bool, error) {
		events, err := s.r.api().Events(ctx, c.site)
		return slices.ContainsFunc(events, func(e event) bool { return e.Name == "door_opened" }), err
	})
	if err != nil {
		return err
	}
	s.say("   Regionen vet om det efter %v. Ingen larmas: en öppnad dörr är en händelse.", "   The region knows after %v. Nobody is alarmed: an opened door is an event.", since(begin))
	return sim.Apply(ctx, c.simSocket(), []string{"door=closed"})
}

// sjunetCut silences everything on Sjunet as seen from one clinic.
func (s *story) sjunetCut(ctx context.Context) error {
	c := s.clinics[0]
	s.say("\n3. Sjunet slutar svara för %s; regionens nät svarar.", "\n3. Sjunet stops answering for %s; the region's network answers.", c.name)
	if err := c.cut("sjunet"); err != nil {
		return err
	}
	return s.told(ctx, c, "path.down:sjunet", alarm.SjunetDown, state.Opened, alarm.RegionIT)
}

// restored lets Sjunet answer again and waits for the closing message.
func (s *story) restored(ctx context.Context) error {
	c := s.clinics[0]
	s.say("\n4. Sjunet svarar igen.", "\n4. Sjunet answers again.")
	if err := c.restore("sjunet"); err != nil {
		return err
	}
	return s.told(ctx, c, "path.down:sjunet", alarm.SjunetDown, state.Closed, alarm.RegionIT)
}

// mainsLost takes the mains away from the clinic with a UPS.
func (s *story) mainsLost(ctx context.Context) error {
	c := s.clinics[0]
	s.say("\n5. Strömmen försvinner i %s; UPS:en tar över.", "\n5. The mains goes in %s; the UPS takes over.", c.name)
	if err := sim.Apply(ctx, c.simSocket(), []string{"mains=lost"}); err != nil {
		return err
	}
	c.upsM.SetMains(false)
	return s.told(ctx, c, "power.mains_lost", "", state.Opened, alarm.PropertyOwner)
}

// told waits for a message of that kind about such a case to its owner and prints it.
func (s *story) told(ctx context.Context, c *clinic, code alarm.Code, cause alarm.CauseName, kind state.Kind, owner alarm.Party) error {
	begin := time.Now()
	var found state.Case
	var sent []notify.Delivery
	err := s.until(ctx, fmt.Sprintf("%s of %s told to %s", code, c.id(), owner), func(ctx context.Context) (bool, error) {
		cases, err := s.r.api().Cases(ctx, c.site)
		i := slices.IndexFunc(cases, func(k state.Case) bool {
			return k.Code == code && k.Party == owner && (cause == "" || slices.Contains(k.Verdict(), cause))
		})
		if err != nil || i < 0 {
			return false, err
		}
		found = cases[i]
		sent, err = s.delivered(ctx, found, kind)
		return s.reached(sent, owner, kind), err
	})
	if err != nil {
		return err
	}
	s.say("   Ärende %s: %s, ansvarig %s. Besked framme efter %v:", "   Case %s: %s, to act: %s. Message delivered after %v:", found.ID, verdict(found), found.Party, since(begin))
	for _, d := range sent {
		if d.Channel != "smtp" {
			d.Subject = "" // a webhook has none
		}
		s.say("     till %-15s via %-20s %s", "     to %-17s by %-21s %s", d.Party, d.Channel, d.Subject)
	}
	return nil
}

// delivered returns what was delivered of one kind of message of a case.
func (s *story) delivered(ctx context.Context, k state.Case, kind state.Kind) ([]notify.Delivery, error) {
	all, err := s.r.api().Deliveries(ctx, k.Site)
	return slices.DeleteFunc(all, func(d notify.Delivery) bool {
		return d.Case != k.ID || d.Kind != kind || d.Status != notify.Delivered
	}), err
}

// reached reports whether the owner's mail was delivered, and the servicedesk's
// webhook, and both lie where they should.
func (s *story) reached(sent []notify.Delivery, owner alarm.Party, kind state.Kind) bool {
	mail := slices.IndexFunc(sent, func(d notify.Delivery) bool { return d.Party == owner && d.Channel == "smtp" })
	hook := slices.ContainsFunc(sent, func(d notify.Delivery) bool { return d.Channel == "webhook:servicedesk" })
	if mail < 0 || !hook || len(s.r.hook.All()) == 0 {
		return false
	}
	for _, m := range s.r.mail.All() {
		if strings.Contains(m.Subject, sent[mail].Case) || m.Subject == sent[mail].Subject {
			return true
		}
	}
	return false
}

func verdict(k state.Case) string {
	if len(k.Causes) == 0 {
		return string(k.Code)
	}
	var words []string
	for _, c := range k.Causes {
		words = append(words, string(c.Name))
	}
	return strings.Join(words, " + ")
}

func since(t time.Time) time.Duration { return time.Since(t).Round(10 * time.Millisecond) }

// check reports which of the story's processes has ended, which none may.
func (s *story) check() error {
	var errs error
	for _, c := range s.clinics {
		if !c.monitor.Running() {
			errs = errors.Join(errs, fmt.Errorf("monitor of %s has ended:\n%s", c.id(), c.monitor.Tail(10)))
		}
	}
	if !s.r.collector.Running() {
		errs = errors.Join(errs, fmt.Errorf("collector has ended:\n%s", s.r.collector.Tail(10)))
	}
	return errs
}
