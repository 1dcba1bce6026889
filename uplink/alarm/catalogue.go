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
	LinkRedundancy    Code = "link.redundancy_lost"
	LinkSpeed         Code = "link.speed_fallback"
	LinkErrors        Code = "link.errors"
	LinkOptic         Code = "link.optic_weak"
	SwitchUnreachable Code = "switch.unreachable"
	SwitchRestarted   Code = "switch.restarted"
	SwitchFan         Code = "switch.fan"
	SwitchPSU         Code = "switch.psu"
	SwitchTemp        Code = "switch.temperature"
	SwitchPoE         Code = "switch.poe"
	PortDown          Code = "port.down"
	PortNeighbour     Code = "port.unknown_neighbour"
	PowerMainsLost    Code = "power.mains_lost"
	PowerOnBattery    Code = "power.on_battery"
	PowerBatteryLow   Code = "power.battery_low"
	PowerUPSLost      Code = "power.ups_lost"
	PowerReplace      Code = "power.battery_replace"
	PowerOverload     Code = "power.overload"
	PowerUPSFault     Code = "power.ups_fault"
	PowerHoldUp       Code = "power.holdup_low"
	ClimateTemp       Code = "climate.temperature"
	ClimateHumidity   Code = "climate.humidity"
	ClimateDewPoint   Code = "climate.dew_point"
	ClimateCooling    Code = "climate.cooling"
	ClimateHeating    Code = "climate.heating"
	ClimateLeak       Code = "climate.leak"
	ClimateSmoke      Code = "climate.smoke"
	DoorForced        Code = "door.forced"
	DoorUnscheduled   Code = "door.unscheduled"
	DoorLockFault     Code = "door.lock_fault"
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
	// Severity is the usual one; a critical limit, or a device that calls its own
	// part critical, may raise it.
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
	// One uplink of several; the last one is link.down, behind which the others
	// cannot be told apart. The trip is for a cable that takes both, read one by one.
	{Code: LinkRedundancy, Severity: Warning, Class: Access, Trip: 10 * time.Second, Clear: 10 * time.Second,
		DependsOn: []Code{SwitchUnreachable, LinkDown},
		Title:     Text{"En av anslutningarna ut från nätskåpet är nere", "One of the connections out of the closet is down"},
		Sentence:  Text{"Förbindelsen fungerar, men bara över den anslutning som är kvar; faller även den bryts den.", "The connection works, but only over what is left of it; if that fails too, it is lost."}},
	{Code: LinkSpeed, Severity: Warning, Class: Access, Trip: time.Minute, Clear: 30 * time.Second,
		DependsOn: []Code{SwitchUnreachable},
		Title:     Text{"Anslutningen ut från nätskåpet går för långsamt", "The connection out of the closet runs too slow"},
		Sentence:  Text{"Anslutningen mot regionens nät går med lägre hastighet än den är byggd för.", "The connection to the region's network runs at a lower speed than it is built for."}},
	{Code: LinkErrors, Severity: Warning, Class: Access, Trip: 5 * time.Minute, Clear: 10 * time.Minute,
		DependsOn: []Code{SwitchUnreachable},
		Title:     Text{"Fel på anslutningen ut från nätskåpet", "Errors on the connection out of the closet"},
		Sentence:  Text{"Anslutningen mot regionens nät har många överföringsfel.", "The connection to the region's network has many transmission errors."}},
	{Code: LinkOptic, Severity: Warning, Class: Access, Trip: 2 * time.Minute, Clear: 2 * time.Minute,
		DependsOn: []Code{SwitchUnreachable},
		Title:     Text{"Svagt ljus i fibern ut från nätskåpet", "Weak light in the fibre out of the closet"},
		Sentence:  Text{"Den optiska signalen på anslutningen mot regionens nät är utanför sina gränser.", "The optical signal of the connection to the region's network is out of its limits."}},
	{Code: SwitchRestarted, Severity: Warning, Class: Switch,
		Title:    Text{"Nätverksväxeln har startat om", "The switch has restarted"},
		Sentence: Text{"En av regionens nätverksväxlar i nätskåpet har startat om.", "One of the region's switches in the closet has restarted."}},
	{Code: SwitchTemp, Severity: Warning, Class: Switch, Trip: 2 * time.Minute, Clear: 2 * time.Minute, Settle: settleStart,
		DependsOn: []Code{SwitchUnreachable},
		Title:     Text{"Nätverksväxeln är för varm", "The switch is too hot"},
		Sentence:  Text{"En av regionens nätverksväxlar i nätskåpet anger för hög temperatur.", "One of the region's switches in the closet reports too high a temperature."}},
	{Code: SwitchFan, Severity: Warning, Class: Switch, Trip: 2 * time.Minute, Clear: 2 * time.Minute, Settle: settleStart,
		DependsOn: []Code{SwitchUnreachable},
		Title:     Text{"Fläktfel i nätverksväxeln", "Fan fault in the switch"},
		Sentence:  Text{"En fläkt i en av regionens nätverksväxlar anger fel.", "A fan in one of the region's switches reports a fault."}},
	{Code: SwitchPSU, Severity: Warning, Class: Switch, Trip: 2 * time.Minute, Clear: 2 * time.Minute, Settle: settleStart,
		DependsOn: []Code{PowerMainsLost, SwitchUnreachable},
		Title:     Text{"Fel på nätverksväxelns nätaggregat", "Power supply fault in the switch"},
		Sentence:  Text{"Ett nätaggregat i en av regionens nätverksväxlar anger fel eller saknas.", "A power supply of one of the region's switches reports a fault or is missing."}},
	{Code: SwitchPoE, Severity: Warning, Class: Switch, Trip: 2 * time.Minute, Clear: 2 * time.Minute, Settle: settleStart,
		DependsOn: []Code{SwitchUnreachable},
		Title:     Text{"Nätverksväxelns ström till portar räcker inte", "The switch's power to ports does not suffice"},
		Sentence:  Text{"Strömmen från en nätverksväxel till telefoner och accesspunkter är snart slut eller anger fel.", "The power from a switch to phones and access points is nearly used up or reports a fault."}},
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
	{Code: PortNeighbour, Severity: Warning, Class: Switch, Trip: time.Minute, Clear: time.Minute, Settle: time.Minute,
		DependsOn: []Code{SwitchUnreachable},
		Title:     Text{"Okänd utrustning på regionens nät", "Unknown equipment on the region's network"},
		Sentence:  Text{"Utrustning som inte är känd, till exempel konferensutrustning, är ansluten till regionens nät.", "Equipment that is not known, for example conference equipment, is connected to the region's network."}},
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
	{Code: PowerOverload, Severity: Warning, Class: RoomPower, Trip: 10 * time.Second, Clear: 30 * time.Second, Settle: time.Minute,
		DependsOn: []Code{PowerUPSLost},
		Title:     Text{"Reservkraften är överlastad", "The UPS is overloaded"},
		Sentence:  Text{"Reservkraften (UPS) driver mer än den är byggd för.", "The UPS carries more than it is built for."}},
	{Code: PowerReplace, Severity: Warning, Class: RoomPower, Trip: 5 * time.Minute, Clear: 5 * time.Minute, Settle: settleStart,
		DependsOn: []Code{PowerMainsLost, PowerUPSLost},
		Title:     Text{"Reservkraftens batteri behöver bytas", "The battery of the UPS needs to be replaced"},
		Sentence:  Text{"Reservkraften (UPS) anger att dess batteri är dåligt eller ska bytas.", "The UPS reports that its battery is bad or to be replaced."}},
	{Code: PowerUPSFault, Severity: Warning, Class: RoomPower, Trip: 2 * time.Minute, Clear: 2 * time.Minute, Settle: settleStart,
		DependsOn: []Code{PowerMainsLost, PowerUPSLost},
		Title:     Text{"Fel i reservkraften", "Fault in the UPS"},
		Sentence:  Text{"En del av reservkraften (UPS) anger fel.", "A part of the UPS reports a fault."}},
	{Code: PowerHoldUp, Severity: Warning, Class: Monitor, Trip: 10 * time.Second, Clear: time.Minute,
		Title:    Text{"Övervakningens eget batteri räcker inte länge", "The monitor's own battery will not last long"},
		Sentence: Text{"Övervakningsenhetens eget batteri räcker kortare tid än den är tänkt att klara ett strömavbrott.", "The monitor's own battery lasts for less than it is meant to in a power cut."}},
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
	{Code: ClimateHeating, Severity: Warning, Class: Cooling, Trip: 2 * time.Minute, Clear: 5 * time.Minute,
		Title:    Text{"Nätskåpet blir snart för varmt", "The closet will soon be too hot"},
		Sentence: Text{"Temperaturen i korskopplingsutrymmet stiger och når snart 35 °C.", "The temperature in the closet is rising and will soon reach 35 °C."}},
	{Code: ClimateLeak, Severity: Critical, Class: Water, Clear: 30 * time.Second, NeverSilenced: true,
		Title:    Text{"Vattenläcka", "Water leak"},
		Sentence: Text{"Givaren känner vatten i korskopplingsutrymmet.", "The sensor detects water in the closet."}},
	{Code: ClimateSmoke, Severity: Critical, Class: Fire, Clear: 30 * time.Second, NeverSilenced: true,
		Title:    Text{"Rök", "Smoke"},
		Sentence: Text{"Givaren känner rök i korskopplingsutrymmet.", "The sensor detects smoke in the closet."}},
	{Code: DoorForced, Severity: Critical, Class: Door, Clear: 2 * time.Second,
		Title:    Text{"Dörren uppbruten", "Door forced"},
		Sentence: Text{"Dörren till korskopplingsutrymmet öppnades fast den var låst.", "The door of the closet was opened though it was locked."}},
	{Code: DoorUnscheduled, Severity: Warning, Class: Door, Clear: 2 * time.Second,
		Title:    Text{"Dörren öppnad på obehörig tid", "Door opened out of hours"},
		Sentence: Text{"Dörren till korskopplingsutrymmet öppnades utanför öppettider och aviserade besök.", "The door of the closet was opened outside its hours and announced visits."}},
	{Code: DoorLockFault, Severity: Warning, Class: Lock, Trip: 30 * time.Second, Clear: 10 * time.Second,
		Title:    Text{"Fel på låset", "Lock fault"},
		Sentence: Text{"Låset till korskopplingsutrymmet visar ett läge som inte kan stämma.", "The lock of the closet shows a state that cannot be right."}},
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
		Title:    Text{"Övervakningens lagring sviktar", "The monitor's storage is failing"},
		Sentence: Text{"Övervakningsenhetens lagring vägrar, är full eller är nästan utsliten.", "The monitor's storage refuses, is full or is nearly worn out."}},
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
