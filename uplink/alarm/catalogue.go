package alarm

import (
	"slices"
	"time"
)

// Codes in the catalogue. A code is stable: it travels, it is stored, it stands
// in people's mail filters.
const (
	PathDownSjunet    Code = "path.down:sjunet"
	PathDownRegion    Code = "path.down:region"
	PathDownInternet  Code = "path.down:internet"
	LinkDown          Code = "link.down"
	SwitchUnreachable Code = "switch.unreachable"
	PortDown          Code = "port.down"
	PowerMainsLost    Code = "power.mains_lost"
	PowerOnBattery    Code = "power.on_battery"
	PowerBatteryLow   Code = "power.battery_low"
	PowerUPSLost      Code = "power.ups_lost"
	ClimateTemp       Code = "climate.temperature"
	ClimateHumidity   Code = "climate.humidity"
	ClimateDewPoint   Code = "climate.dew_point"
	ClimateCooling    Code = "climate.cooling"
	ClimateLeak       Code = "climate.leak"
	ClimateSmoke      Code = "climate.smoke"
	DoorHeld          Code = "door.held"
	DoorTamper        Code = "door.tamper"
	ServiceFailed     Code = "service.down"
	MonitorConnection Code = "monitor.connection"
	MonitorSensor     Code = "monitor.sensor_fault"
	MonitorStorage    Code = "monitor.storage"
	MonitorClock      Code = "monitor.clock"
	MonitorUndervolt  Code = "monitor.undervoltage"
	// Raised by the collector only.
	MonitorSilent    Code = "monitor.silent"
	MonitorGap       Code = "monitor.gap"
	MonitorDuplicate Code = "monitor.duplicate"
	RegionManySilent Code = "region.many_silent"
)

// Row is one alarm of the catalogue.
type Row struct {
	Code Code
	// Severity is the usual one; a critical limit raises it, a link that is not
	// the only one lowers it.
	Severity Severity
	// Class is the asset at fault where the verdict does not say otherwise.
	Class Class
	// Title is a few words, Sentence one sentence, both fit for every party.
	Title, Sentence Text
	// DependsOn lists the alarms behind which this one cannot be judged. Links
	// within one code family (a service behind its layer) are made by the rules.
	DependsOn []Code
	// Trip and Clear are the delays before raise and before clear. Zero is at once.
	Trip, Clear time.Duration
	// Settle is how long after a parent cleared the condition is left alone: a
	// switch needs minutes to start when its power is back.
	Settle time.Duration
	// NeverSilenced: no visit, window or parent keeps it back.
	NeverSilenced bool
	// Collector: only the collector raises it, and so only the collector clears it.
	Collector bool
}

// Catalogue returns every row, in the order in which the rules judge them.
func Catalogue() []Row { return slices.Clone(catalogue) }

// Lookup returns the row of code; false for a code this version does not know.
func Lookup(code Code) (Row, bool) {
	for _, r := range catalogue {
		if r.Code == code {
			return r, true
		}
	}
	return Row{}, false
}

// NeverSilenced reports whether an alarm must reach people whatever else is
// going on: leak, smoke and critically high temperature.
func NeverSilenced(code Code, s Severity) bool {
	row, _ := Lookup(code)
	return row.NeverSilenced || code == ClimateTemp && s == Critical
}

// pathCodes are the alarms of the loss of a path, nearest layer first.
var pathCodes = []Code{PathDownRegion, PathDownSjunet, PathDownInternet}

// catalogue is ordered so that every parent stands before its children.
var catalogue = []Row{
	{Code: PowerMainsLost, Severity: Critical, Class: RoomPower, Trip: 0, Clear: 10 * time.Second,
		Title:    Text{"Strömavbrott", "Mains power lost"},
		Sentence: Text{"Elförsörjningen till nätskåpet är borta.", "The closet has lost its mains power."}},
	{Code: MonitorConnection, Severity: Warning, Class: Monitor, Trip: 2 * time.Second, Clear: 3 * time.Second, Settle: 3 * time.Minute,
		DependsOn: []Code{PowerMainsLost},
		Title:     Text{"Övervakningen saknar nätkontakt", "The monitor has no network connection"},
		Sentence:  Text{"Övervakningsenhetens egen nätkabel har ingen förbindelse.", "The monitor's own network cable has no connection."}},
	{Code: SwitchUnreachable, Severity: Critical, Class: Switch, Trip: 2 * time.Second, Clear: 5 * time.Second, Settle: 3 * time.Minute,
		DependsOn: []Code{PowerMainsLost, MonitorConnection},
		Title:     Text{"Nätverksväxeln svarar inte", "The switch does not answer"},
		Sentence:  Text{"En av regionens nätverksväxlar i nätskåpet svarar inte.", "One of the region's switches in the closet does not answer."}},
	{Code: LinkDown, Severity: Critical, Class: Access, Trip: 0, Clear: 5 * time.Second,
		Title:    Text{"Anslutningen ut från nätskåpet är nere", "The connection out of the closet is down"},
		Sentence: Text{"Anslutningen från nätskåpet mot regionens nät har tappat förbindelsen.", "The connection from the closet to the region's network has lost its link."}},
	{Code: PathDownRegion, Severity: Critical, Class: Access, Clear: 5 * time.Second,
		DependsOn: []Code{MonitorConnection},
		Title:     Text{"Sjunet-förbindelsen bruten", "Sjunet connection lost"},
		Sentence:  Text{"Vårdenheten når inte regionens nät och därmed inte Sjunet eller journalsystemet.", "The site cannot reach the region's network, and so neither Sjunet nor the record system."}},
	{Code: PathDownSjunet, Severity: Critical, Class: Sjunet, Clear: 5 * time.Second,
		DependsOn: []Code{MonitorConnection, PathDownRegion},
		Title:     Text{"Sjunet-förbindelsen bruten", "Sjunet connection lost"},
		Sentence:  Text{"Vårdenheten når inte Sjunet.", "The site cannot reach Sjunet."}},
	{Code: PathDownInternet, Severity: Critical, Class: Internet, Clear: 5 * time.Second,
		DependsOn: []Code{MonitorConnection, PathDownRegion},
		Title:     Text{"Internetförbindelsen bruten", "Internet connection lost"},
		Sentence:  Text{"Vårdenheten når inte internet.", "The site cannot reach the internet."}},
	{Code: ServiceFailed, Severity: Warning, Class: Service, Trip: 5 * time.Second, Clear: 5 * time.Second, Settle: 10 * time.Second,
		DependsOn: []Code{MonitorConnection, PathDownRegion, PathDownSjunet, PathDownInternet},
		Title:     Text{"Tjänst svarar inte", "Service does not answer"},
		Sentence:  Text{"Förbindelsen fungerar, men en tjänst svarar inte.", "The connection works, but a service does not answer."}},
	{Code: PortDown, Severity: Warning, Class: Switch, Trip: 10 * time.Second, Clear: 10 * time.Second, Settle: time.Minute,
		DependsOn: []Code{SwitchUnreachable},
		Title:     Text{"Viktig utrustning har tappat kontakten", "Important equipment has lost its connection"},
		Sentence:  Text{"En viktig anslutning i nätskåpet är nere.", "An important connection in the closet is down."}},
	{Code: PowerOnBattery, Severity: Warning, Class: RoomPower, Trip: 5 * time.Second, Clear: 10 * time.Second,
		Title:    Text{"Drift på batteri", "Running on battery"},
		Sentence: Text{"Reservkraften (UPS) driver nätskåpet på batteri.", "The UPS runs the closet on battery."}},
	{Code: PowerBatteryLow, Severity: Critical, Class: RoomPower, Trip: 0, Clear: 30 * time.Second,
		Title:    Text{"Batteriet är snart slut", "Battery nearly empty"},
		Sentence: Text{"Reservkraftens (UPS) batteri är snart slut.", "The battery of the UPS is nearly empty."}},
	{Code: PowerUPSLost, Severity: Warning, Class: RoomPower, Trip: 30 * time.Second, Clear: 10 * time.Second, Settle: 3 * time.Minute,
		DependsOn: []Code{PowerMainsLost, MonitorConnection, SwitchUnreachable},
		Title:     Text{"Ingen kontakt med reservkraften", "No contact with the UPS"},
		Sentence:  Text{"Reservkraften (UPS) svarar inte; om den går på batteri är okänt.", "The UPS does not answer; whether it runs on battery is unknown."}},
	{Code: ClimateTemp, Severity: Warning, Class: Cooling, Trip: time.Minute, Clear: time.Minute,
		Title:    Text{"Temperaturen i nätskåpet utanför gränserna", "Closet temperature out of limits"},
		Sentence: Text{"Temperaturen i korskopplingsutrymmet är utanför sina gränser.", "The temperature in the closet is out of its limits."}},
	{Code: ClimateHumidity, Severity: Warning, Class: Cooling, Trip: 5 * time.Minute, Clear: 5 * time.Minute,
		Title:    Text{"Luftfuktigheten i nätskåpet utanför gränserna", "Closet humidity out of limits"},
		Sentence: Text{"Luftfuktigheten i korskopplingsutrymmet är utanför sina gränser.", "The humidity in the closet is out of its limits."}},
	{Code: ClimateDewPoint, Severity: Warning, Class: Cooling, Trip: 5 * time.Minute, Clear: 5 * time.Minute,
		Title:    Text{"Risk för kondens i nätskåpet", "Dew point out of limits in the closet"},
		Sentence: Text{"Daggpunkten i korskopplingsutrymmet är utanför sina gränser.", "The dew point in the closet is out of its limits."}},
	{Code: ClimateCooling, Severity: Warning, Class: Cooling, Trip: 10 * time.Second, Clear: 30 * time.Second,
		Title:    Text{"Fel på kylan", "Cooling fault"},
		Sentence: Text{"Kylaggregatet i korskopplingsutrymmet anger fel.", "The cooling unit of the closet reports a fault."}},
	{Code: ClimateLeak, Severity: Critical, Class: Water, Clear: 30 * time.Second, NeverSilenced: true,
		Title:    Text{"Vattenläcka", "Water leak"},
		Sentence: Text{"Givaren känner vatten i korskopplingsutrymmet.", "The sensor detects water in the closet."}},
	{Code: ClimateSmoke, Severity: Critical, Class: Fire, Clear: 30 * time.Second, NeverSilenced: true,
		Title:    Text{"Rök", "Smoke"},
		Sentence: Text{"Givaren känner rök i korskopplingsutrymmet.", "The sensor detects smoke in the closet."}},
	{Code: DoorHeld, Severity: Warning, Class: Door, Clear: 2 * time.Second,
		Title:    Text{"Dörren har stått öppen för länge", "Door held open"},
		Sentence: Text{"Dörren till korskopplingsutrymmet har stått öppen längre än tillåtet.", "The door of the closet has stood open longer than allowed."}},
	{Code: DoorTamper, Severity: Warning, Class: Lock, Clear: 10 * time.Second,
		Title:    Text{"Manipulation", "Tampering"},
		Sentence: Text{"Skyddet mot manipulation i korskopplingsutrymmet har lösts ut.", "The tamper contact of the closet has been set off."}},
	{Code: MonitorSensor, Severity: Warning, Class: Monitor, Trip: 30 * time.Second, Clear: 10 * time.Second, Settle: 3 * time.Minute,
		DependsOn: []Code{PowerMainsLost, SwitchUnreachable, PowerUPSLost},
		Title:     Text{"Givare ger inget tillförlitligt värde", "Sensor gives no trustworthy value"},
		Sentence:  Text{"En givare ger inget tillförlitligt värde; läget där är okänt.", "A sensor gives no trustworthy value; the state there is unknown."}},
	{Code: MonitorStorage, Severity: Warning, Class: Monitor, Trip: 0, Clear: 10 * time.Second,
		Title:    Text{"Övervakningen kan inte spara", "The monitor cannot store"},
		Sentence: Text{"Övervakningsenhetens lagring vägrar eller är full.", "The monitor's storage refuses or is full."}},
	{Code: MonitorClock, Severity: Info, Class: Monitor, Trip: 10 * time.Minute, Clear: 10 * time.Second,
		Title:    Text{"Övervakningens klocka går inte rätt", "The monitor's clock is not synchronised"},
		Sentence: Text{"Övervakningsenhetens klocka är inte ställd mot någon tidsserver.", "The monitor's clock is not synchronised with a time server."}},
	{Code: MonitorUndervolt, Severity: Warning, Class: Monitor, Trip: 2 * time.Second, Clear: time.Minute,
		Title:    Text{"Övervakningen får för låg spänning", "The monitor's supply voltage is too low"},
		Sentence: Text{"Övervakningsenhetens strömförsörjning är för svag.", "The monitor's power supply is too weak."}},
	{Code: MonitorSilent, Severity: Critical, Class: Monitor, Collector: true,
		Title:    Text{"Ingen kontakt med nätskåpet", "No contact with the closet"},
		Sentence: Text{"Övervakningen i nätskåpet hörs inte längre.", "The monitor in the closet is no longer heard."}},
	{Code: MonitorGap, Severity: Warning, Class: Monitor, Collector: true,
		Title:    Text{"Lucka i mätningen", "Gap in the measurements"},
		Sentence: Text{"Mätvärden för en tid saknas och kan inte återskapas.", "Measurements of a period are missing and cannot be recovered."}},
	{Code: MonitorDuplicate, Severity: Warning, Class: Monitor, Collector: true,
		Title:    Text{"Två enheter med samma identitet", "Two monitors with one identity"},
		Sentence: Text{"Två övervakningsenheter använder samma certifikat.", "Two monitors use the same certificate."}},
	{Code: RegionManySilent, Severity: Critical, Class: RegionCore, Collector: true,
		Title:    Text{"Många vårdenheter tysta samtidigt", "Many sites silent at once"},
		Sentence: Text{"Många vårdenheter tappade kontakten samtidigt; felet är gemensamt.", "Many sites lost contact at once; the fault is a common one."}},
}
