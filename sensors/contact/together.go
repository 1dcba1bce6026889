package contact

import (
	"fmt"

	"rackvakt/sensors/strictyaml"
)

// ValidateAll reports what contradicts between contacts: a lock whose door is
// not there or has another lock, and two contacts on one line. r stands for the
// list itself. That names are unique is checked where all devices are known.
func ValidateAll(all []Options, r *strictyaml.Report) {
	doors := map[string]bool{}
	for _, o := range all {
		doors[o.Name] = doors[o.Name] || o.Role == Door
	}
	locks, places := map[string]string{}, map[string]string{}
	for i, o := range all {
		at := r.At(fmt.Sprintf("[%d]", i))
		if _, paired := o.DoorPoint(); paired {
			validatePair(o, doors, locks, at)
		}
		if place := o.place(); place != "" {
			validateAlone(o, places[place], at)
			places[place] = o.Name
		}
	}
}

func validatePair(o Options, doors map[string]bool, locks map[string]string, at *strictyaml.Report) {
	other, taken := locks[o.Door]
	switch {
	case !doors[o.Door]:
		at.Bad("door", o.Door, "the name of a contact with role door", "door")
	case taken:
		at.Bad("door", o.Door, "a door that has no other lock ("+other+" is in it)", "door-2")
	}
	locks[o.Door] = o.Name
}

// validateAlone reports that the contact named other is read at o's place already.
func validateAlone(o Options, other string, at *strictyaml.Report) {
	switch {
	case other == "":
	case o.Supervised.Used():
		at.Bad("supervised.channel", o.Supervised.Channel, "a channel that no other contact has ("+other+" has it)", "1")
	default:
		at.Bad("line", o.Line, "a line that no other contact is on ("+other+" is)", "GPIO27")
	}
}
