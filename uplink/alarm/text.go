package alarm

import "strings"

// Text is what a person reads, in both languages.
type Text struct{ SV, EN string }

// Lang is a language of the screen. The zero value reads as Swedish.
type Lang string

// Languages.
const (
	Swedish Lang = "sv"
	English Lang = "en"
)

// LangOf returns the language of an environment, Swedish where it says neither.
func LangOf(getenv func(string) string) Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(v, string(English)) {
				return English
			}
			break
		}
	}
	return Swedish
}

// In returns the text in l.
func (t Text) In(l Lang) string {
	if l == English {
		return t.EN
	}
	return t.SV
}

// PartyName returns what a party is called on screen.
func PartyName(p Party, l Lang) string { return partyNames[p].In(l) }

// ClassName returns what an asset class is called on screen.
func ClassName(c Class, l Lang) string { return classNames[c].In(l) }

// CauseTitle returns what a cause is called on screen.
func CauseTitle(c CauseName, l Lang) string { return causeNames[c].In(l) }

// SeverityName returns what a severity is called on screen.
func SeverityName(s Severity, l Lang) string { return severityNames[s].In(l) }

// ReasonText returns what the reason of a Change means; "" for one that this
// version does not know.
func ReasonText(reason string, l Lang) string { return reasonNames[reason].In(l) }

// CheckText returns what to do to tell the candidates of a verdict apart.
func CheckText(check string, l Lang) string { return checks[check].In(l) }

// HappeningText returns what a Happening says: "Dörren öppnad".
func HappeningText(say string, l Lang) string { return happenings[say].In(l) }

var partyNames = map[Party]Text{
	RegionIT:      {"Region IT", "Region IT"},
	PropertyOwner: {"fastighetsägare", "property owner"},
	CareProvider:  {"vårdgivare", "care provider"},
	Technician:    {"tekniker", "technician"},
}

var classNames = map[Class]Text{
	Switch:     {"nätverksväxel", "switch"},
	Access:     {"anslutning till regionens nät", "connection to the region's network"},
	Internet:   {"internetanslutning", "internet connection"},
	RegionCore: {"regionens centrala nät", "the region's core network"},
	Sjunet:     {"Sjunet", "Sjunet"},
	Service:    {"tjänst", "service"},
	RoomPower:  {"elförsörjning", "power supply"},
	Cooling:    {"kyla och klimat", "cooling and climate"},
	Water:      {"vatten", "water"},
	Fire:       {"brand", "fire"},
	Door:       {"dörr", "door"},
	Lock:       {"lås", "lock"},
	Cabling:    {"fastighetsnät", "building cabling"},
	Outlet:     {"uttag", "outlet"},
	Printer:    {"skrivare", "printer"},
	Monitor:    {"övervakning", "monitoring"},
}

var severityNames = map[Severity]Text{
	Info: {"information", "information"}, Warning: {"varning", "warning"}, Critical: {"larm", "alarm"},
}

var causeNames = map[CauseName]Text{
	MainsLost:      {"strömavbrott i nätskåpet", "mains power lost in the closet"},
	SwitchDown:     {"nätverksväxeln är ur drift", "the switch is out of order"},
	UplinkPortDown: {"anslutningen ut från nätskåpet är avbruten (kabel, fiber eller motpart)", "the connection out of the closet is broken (cable, fibre or far end)"},
	AccessDown:     {"förbindelsen mellan vårdenheten och nätet utanför är bruten", "the connection between the site and the network outside is broken"},
	RegionCoreDown: {"gemensamt fel i regionens nät", "a common fault in the region's network"},
	SjunetDown:     {"Sjunet nås inte från regionens nät", "Sjunet is not reached from the region's network"},
	ServiceDown:    {"tjänsten är ur drift, förbindelsen fungerar", "the service is down, the connection works"},
	MonitorFault:   {"fel på övervakningsenheten eller dess kabel", "a fault of the monitor or its cable"},
	Undecided:      {"orsaken är ännu okänd", "the cause is not known yet"},
}

var reasonNames = map[string]Text{
	ReasonRestored:     {"återställt", "cleared"},
	ReasonNotWatched:   {"övervakas inte längre", "no longer watched"},
	ReasonLostByCloset: {"saknas efter omstart av övervakningsenheten", "missing after a restart of the monitor"},
	ReasonVerdict:      {"orsaken är ändrad", "the cause has changed"},
	ReasonSeverity:     {"allvarlighetsgraden är ändrad", "the severity has changed"},
	ReasonFlapping:     {"kommer och går", "comes and goes"},
	ReasonSteady:       {"kvarstår utan avbrott", "stands without a break"},
}

var checks = map[string]Text{
	"switch_lamps":     {"Se efter om nätverksväxelns lampor lyser.", "See whether the lamps of the switch are lit."},
	"mains_in_closet":  {"Se efter om det finns ström i nätskåpet.", "See whether there is power in the closet."},
	"read_switch":      {"Övervakningen frågar nätverksväxeln.", "The monitor is asking the switch."},
	"read_uplink_port": {"Övervakningen läser av anslutningen ut från nätskåpet.", "The monitor is reading the connection out of the closet."},
	"read_region":      {"Övervakningen provar vägen till regionens nät.", "The monitor is trying the way to the region's network."},
	"call_site":        {"Ring vårdenheten: finns det ström, lyser nätskåpets lampor?", "Call the site: is there power, are the lamps in the closet lit?"},
}

var happenings = map[string]Text{
	"door_opened": {"Dörren öppnad", "Door opened"},
	"door_closed": {"Dörren stängd", "Door closed"},
	"renumbered":  {"Nätverksväxelns portar har fått andra nummer", "The ports of the switch got other numbers"},
}

// roleTexts are the roles of ports, see reading.LabelRole.
var roleTexts = map[string]Text{
	"uplink": {"anslutning ut", "uplink"}, "access_point": {"accesspunkt", "access point"}, "printer": {"skrivare", "printer"},
	"server": {"server", "server"}, "phone": {"telefon", "phone"}, "user": {"användare", "user"}, "unused": {"oanvänd", "unused"},
}

// saying is the text of one kind of evidence.
type saying struct {
	Text
	// network: the object is a port, a device or a target. Its name is shown only
	// to those who run the network.
	network bool
	// named: the object's name means something to a clinic: a service, a door, a sensor.
	named bool
	// measured: the value is a number with its unit, fit for everyone.
	measured bool
	// reason: the value is technical text, for those who run the network.
	reason bool
	// elsewhere: it speaks of other sites, which only Region IT may see.
	elsewhere bool
	// fact: the value is a fact of a port, for those who run the network; premises:
	// it is of the building, and others may see it too. See View.fact.
	fact, premises bool
	// forecast: the value is a number of minutes with its uncertainty.
	forecast bool
}

var sayings = map[string]saying{
	"mains_lost":        {Text: Text{"nätspänningen är borta", "mains power is lost"}, named: true},
	"mains_present":     {Text: Text{"nätspänning finns", "mains power is present"}, named: true},
	"mains_unknown":     {Text: Text{"om nätspänning finns är okänt", "whether there is mains power is unknown"}, named: true},
	"switch_silent":     {Text: Text{"nätverksväxeln svarar inte", "the switch does not answer"}, network: true},
	"switch_answers":    {Text: Text{"nätverksväxeln svarar", "the switch answers"}, network: true},
	"switch_unknown":    {Text: Text{"om nätverksväxeln svarar är okänt", "whether the switch answers is unknown"}, network: true},
	"port_oper_down":    {Text: Text{"anslutningen är nere", "the connection is down"}, network: true},
	"port_oper_up":      {Text: Text{"anslutningen ut från nätskåpet har kontakt", "the connection out of the closet has a link"}, network: true},
	"port_unknown":      {Text: Text{"läget på anslutningen ut från nätskåpet är okänt", "the state of the connection out of the closet is unknown"}, network: true},
	"target_silent":     {Text: Text{"inget svar vid prov av förbindelsen", "no answer when trying the connection"}, network: true, named: true},
	"target_answers":    {Text: Text{"svar vid prov av förbindelsen", "answer when trying the connection"}, network: true, named: true},
	"target_refused":    {Text: Text{"tjänsten tar inte emot, men vägen dit fungerar", "the service refuses, but the way to it works"}, network: true, named: true},
	"carrier_lost":      {Text: Text{"övervakningsenhetens nätkabel saknar kontakt", "the monitor's network cable has no link"}, network: true},
	"carrier_present":   {Text: Text{"övervakningsenhetens nätkabel har kontakt", "the monitor's network cable has a link"}, network: true},
	"ups_silent":        {Text: Text{"reservkraften (UPS) svarar inte", "the UPS does not answer"}, network: true},
	"on_battery":        {Text: Text{"reservkraften (UPS) går på batteri", "the UPS runs on battery"}},
	"battery_low":       {Text: Text{"batteriet är snart slut", "the battery is nearly empty"}, measured: true},
	"runtime_left":      {Text: Text{"batteriet räcker", "the battery lasts"}, measured: true},
	"ups_overload":      {Text: Text{"reservkraften (UPS) anger överlast", "the UPS reports an overload"}},
	"battery_bad":       {Text: Text{"reservkraften (UPS) anger att batteriet är dåligt eller ska bytas", "the UPS reports that its battery is bad or to be replaced"}},
	"ups_part_bad":      {Text: Text{"reservkraften (UPS) anger fel på en av sina delar", "the UPS reports a fault of one of its parts"}, network: true},
	"fan_bad":           {Text: Text{"fläkten anger fel", "the fan reports a fault"}, network: true},
	"supply_bad":        {Text: Text{"nätaggregatet anger fel", "the power supply reports a fault"}, network: true},
	"supply_gone":       {Text: Text{"nätaggregatet finns inte längre, fast nätverksväxeln svarar", "the power supply is gone, though the switch answers"}, network: true},
	"heat_bad":          {Text: Text{"temperaturen i nätverksväxeln är för hög", "the temperature in the switch is too high"}, network: true},
	"poe_bad":           {Text: Text{"strömmen till portar anger fel", "the power to ports reports a fault"}, network: true},
	"poe_full":          {Text: Text{"så mycket av strömmen till portar är i bruk", "so much of the power to ports is in use"}, network: true, measured: true},
	"optic_weak":        {Text: Text{"den optiska signalen är utanför sina gränser", "the optical signal is out of its limits"}, network: true},
	"speed_low":         {Text: Text{"anslutningens hastighet är för låg", "the speed of the connection is too low"}, network: true, measured: true},
	"speed_expected":    {Text: Text{"anslutningens väntade hastighet", "the expected speed of the connection"}, network: true, measured: true},
	"duplex_half":       {Text: Text{"anslutningen går i halv duplex", "the connection runs in half duplex"}, network: true},
	"errors_high":       {Text: Text{"överföringsfel per sekund", "transmission errors a second"}, network: true, measured: true},
	"neighbour_unknown": {Text: Text{"okänd utrustning är ansluten", "unknown equipment is connected"}, network: true},
	"restarted":         {Text: Text{"nätverksväxeln startade", "the switch started"}, network: true, reason: true},
	"port_outlet":       {Text: Text{"uttag", "outlet"}, fact: true, premises: true},
	"port_room":         {Text: Text{"i rum", "in room"}, fact: true, premises: true},
	"port_neighbour":    {Text: Text{"ansluten utrustning:", "connected equipment:"}, fact: true},
	"port_alias":        {Text: Text{"portens namn:", "name of the port:"}, fact: true},
	"port_panel":        {Text: Text{"kopplingspanel", "patch panel"}, fact: true},
	"port_role":         {Text: Text{"porten är till för:", "the port is for:"}, fact: true},
	"cooling_fault":     {Text: Text{"kylaggregatet anger fel", "the cooling unit reports a fault"}, named: true},
	"leak":              {Text: Text{"givaren för vatten", "water sensor"}, named: true},
	"smoke":             {Text: Text{"givaren för rök", "smoke sensor"}, named: true},
	"tamper":            {Text: Text{"skyddet mot manipulation", "tamper contact"}, named: true},
	"door_open":         {Text: Text{"dörrkontakten", "door contact"}, named: true},
	"value_high":        {Text: Text{"för högt värde", "value too high"}, named: true, measured: true},
	"value_low":         {Text: Text{"för lågt värde", "value too low"}, named: true, measured: true},
	"value_high_surely": {Text: Text{"säkert över gränsen", "certainly above the limit"}, named: true, measured: true},
	"value_high_maybe":  {Text: Text{"möjligen över gränsen, inom mätosäkerheten", "possibly above the limit, within the uncertainty"}, named: true, measured: true},
	"value_low_surely":  {Text: Text{"säkert under gränsen", "certainly below the limit"}, named: true, measured: true},
	"value_low_maybe":   {Text: Text{"möjligen under gränsen, inom mätosäkerheten", "possibly below the limit, within the uncertainty"}, named: true, measured: true},
	"hot_in":            {Text: Text{"når 35 °C", "reaches 35 °C"}, named: true, forecast: true},
	"holdup_left":       {Text: Text{"övervakningsenhetens eget batteri räcker", "the monitor's own battery lasts"}, measured: true},
	"storage_worn":      {Text: Text{"av minneskortets livslängd är förbrukat", "of the memory card's life is used"}, measured: true},
	"storage_fault":     {Text: Text{"minneskortet eller dess filsystem anger fel", "the memory card or its file system reports a fault"}, network: true},
	"lock_locked":       {Text: Text{"låskontakten säger låst", "the lock contact says locked"}, named: true},
	"lock_chatter":      {Text: Text{"låskontakten växlar fortare än någon låser", "the lock contact changes faster than anybody locks"}, named: true},
	"outside_hours":     {Text: Text{"utanför öppettider och aviserade besök", "outside hours and announced visits"}, named: true},
	"public_holiday":    {Text: Text{"dagen är helgdag", "the day is a public holiday"}},
	"contact_bounces":   {Text: Text{"kontakten studsar; den är lös, eller magneten för långt bort", "the contact bounces; it is loose, or its magnet too far away"}, network: true, reason: true},
	"probe_disagrees":   {Text: Text{"givaren visar annat än en annan på samma plats; vilken som har fel är okänt", "the sensor shows something else than another in the same place; which of them is wrong is unknown"}, network: true, reason: true},
	"value_normal":      {Text: Text{"värdet är inom gränserna", "the value is within its limits"}, named: true, measured: true},
	"storage_refused":   {Text: Text{"lagringen tar inte emot data", "the storage refuses data"}},
	"storage_full":      {Text: Text{"för lite ledigt utrymme", "too little free space"}, measured: true},
	"clock_free":        {Text: Text{"klockan är inte synkroniserad", "the clock is not synchronised"}},
	"undervoltage":      {Text: Text{"för låg matningsspänning", "supply voltage too low"}},
	"reading_missing":   {Text: Text{"inget värde", "no value"}, network: true, reason: true},
	"reading_old":       {Text: Text{"värdet är för gammalt", "the value is too old"}, network: true, reason: true},
	"reading_fault":     {Text: Text{"värdet är orimligt eller felaktigt", "the value is implausible or faulty"}, network: true, reason: true},
	"closet_silent":     {Text: Text{"nätskåpets övervakning hörs inte", "the closet's monitor is not heard"}},
	"router_silent":     {Text: Text{"vårdenhetens router svarar inte regionen", "the site's router does not answer the region"}, network: true},
	"router_answers":    {Text: Text{"vårdenhetens router svarar regionen", "the site's router answers the region"}, network: true},
	"others_silent":     {Text: Text{"många vårdenheter tystnade samtidigt", "many sites fell silent at the same time"}, elsewhere: true},
	"records_missing":   {Text: Text{"mätvärden saknas för en tid", "measurements of a period are missing"}},
	"gap_alarms":        {Text: Text{"larm och händelser saknas i regionens lagring", "alarms and events are missing in the region's store"}, reason: true},
	"gap_metrics":       {Text: Text{"mätvärden saknas i regionens lagring", "measurements are missing in the region's store"}, reason: true},
	"two_starts":        {Text: Text{"två enheter sänder med samma identitet", "two monitors send with one identity"}, reason: true},
	"last_words":        {Text: Text{"det sista som nätskåpet sade", "the last that the closet said"}},
}
