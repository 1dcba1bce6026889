package sense

// remedy is one row of the table of mistakes.
type remedy struct{ is, do Text }

// advice says in plain words what each kind of mistake is and what to do. The pins
// are those of the Raspberry Pi's 40-pin header.
var advice = map[string]remedy{
	noI2C: {
		Text{"I2C-bussen finns inte.", "There is no such I2C bus."},
		Text{"På en Raspberry Pi: skriv dtparam=i2c_arm=on i /boot/firmware/config.txt och i2c-dev i /etc/modules, och starta om.",
			"On a Raspberry Pi: put dtparam=i2c_arm=on into /boot/firmware/config.txt and i2c-dev into /etc/modules, and restart."},
	},
	noOneWire: {
		Text{"Det finns ingen 1-Wire-buss.", "There is no 1-Wire bus."},
		Text{"Om 1-Wire-givare ska användas på en Raspberry Pi: skriv dtoverlay=w1-gpio i /boot/firmware/config.txt, och starta om. Datatråden går till GPIO4 (stift 7).",
			"If 1-Wire sensors are to be used on a Raspberry Pi: put dtoverlay=w1-gpio into /boot/firmware/config.txt, and restart. The data wire goes to GPIO4 (pin 7)."},
	},
	noChips: {
		Text{"Maskinen har ingen GPIO-krets, så kontakterna kan inte läsas.", "This machine has no GPIO chip, so contacts cannot be read."},
		Text{"Kör på en Raspberry Pi med /dev/gpiochip0, eller med simulerat kort (sensors.board.kind: sim).",
			"Run on a Raspberry Pi with /dev/gpiochip0, or with a simulated board (sensors.board.kind: sim)."},
	},
	noPermission: {
		Text{"Behörighet saknas.", "No permission."},
		Text{"Lägg användaren i grupperna gpio och i2c (sudo usermod -aG gpio,i2c ANVÄNDARE) och logga in igen, eller kör med sudo.",
			"Put the user into the groups gpio and i2c (sudo usermod -aG gpio,i2c USER) and log in again, or use sudo."},
	},
	busStuck: {
		Text{"Bussen har hängt sig: SDA eller SCL hålls låg.", "The bus is stuck: SDA or SCL is held low."},
		Text{"Dra ur givarna en i taget och sök igen. Den sista som drogs ur är fel, eller dess kabel är kortsluten eller saknar 3,3 V.",
			"Unplug the sensors one at a time and search again. The last one unplugged is faulty, or its cable is shorted or lacks 3.3 V."},
	},
	busShorted: {
		Text{"Nästan alla adresser svarar: SDA är kortsluten till jord.", "Nearly every address answers: SDA is shorted to ground."},
		Text{"Dra ur kabeln vid SDA (stift 3) och mät mot jord.", "Unplug the cable at SDA (pin 3) and measure against ground."},
	},
	smbusOnly: {
		Text{"Bussen kan bara SMBus och inte sökas.", "The bus speaks SMBus only and cannot be searched."},
		Text{"Det är moderkortets eller skärmens buss. Anslut givarna till i2c-1.", "It belongs to the main board or the screen. Connect sensors to i2c-1."},
	},
	cutShort: {
		Text{"Sökningen avbröts.", "The search was cut short."},
		Text{"Kör igen. Händer det om igen hänger en buss.", "Run it again. If it happens again, a bus hangs."},
	},
	otherProblem: {
		Text{"Kan inte läsas:", "Cannot be read:"},
		Text{"Kontrollera kontakt, kabel och matning (3,3 V och jord).", "Check plug, cable and supply (3.3 V and ground)."},
	},
	noAnswer: {
		Text{"Ingen svarar på adressen.", "Nothing answers at the address."},
		Text{"Kontrollera 3,3 V (stift 1), jord (stift 9), SDA (stift 3) och SCL (stift 5), och givarens adressbyglar.",
			"Check 3.3 V (pin 1), ground (pin 9), SDA (pin 3) and SCL (pin 5), and the sensor's address jumpers."},
	},
	otherChip: {
		Text{"En annan krets svarar på adressen.", "Another chip answers at the address."},
		Text{"Ändra driver i konfigurationen, eller byt givare.", "Change driver in the configuration, or replace the sensor."},
	},
	kernelHolds: {
		Text{"Kretsen används av en drivrutin i kärnan.", "A driver of the kernel holds the chip."},
		Text{"Läs den genom kärnan (driver: hwmon), eller ta bort dess dtoverlay ur /boot/firmware/config.txt.",
			"Read it through the kernel (driver: hwmon), or take its dtoverlay out of /boot/firmware/config.txt."},
	},
	noSensor: {
		Text{"Bussen eller givaren finns inte.", "There is no such bus or sensor."},
		Text{"Jämför buss och id i konfigurationen med listan ovan, och kontrollera kabeln.",
			"Compare bus and id in the configuration with the list above, and check the cable."},
	},
	badChecksum: {
		Text{"Svaren har fel kontrollsumma: kabeln stör.", "Answers have wrong checksums: the cable is disturbed."},
		Text{"Korta kabeln, håll den från nätkablar, tvinna SDA och SCL var för sig med jord, eller sänk farten (dtparam=i2c_arm_baudrate=50000).",
			"Shorten the cable, keep it away from mains, twist SDA and SCL with a ground each, or lower the speed (dtparam=i2c_arm_baudrate=50000)."},
	},
	tooSlow: {
		Text{"Inget svar i tid: SCL hålls låg eller kretsen hänger.", "No answer in time: SCL is held low, or the chip hangs."},
		Text{"Bryt givarens matning en stund. Hjälper det inte, mät SCL (stift 5) mot jord.", "Take the sensor's supply away for a moment. If that does not help, measure SCL (pin 5) against ground."},
	},
	oneWireShort: {
		Text{"1-Wire-bussen är kortsluten till jord (bara nollor).", "The 1-Wire bus is shorted to ground (all zeros)."},
		Text{"Dra ur givarna en i taget tills nollorna försvinner. Datatråden (GPIO4, stift 7) får inte röra jord, och en givare kan vara felvänd.",
			"Unplug the sensors one at a time until the zeros are gone. The data wire (GPIO4, pin 7) must not touch ground, and a sensor may be the wrong way round."},
	},
	oneWireNoise: {
		Text{"1-Wire-bussen visar bara skräp-id.", "The 1-Wire bus shows nonsense ids only."},
		Text{"Motståndet på 4,7 kΩ mellan datatråden och 3,3 V saknas, eller så sitter tråden löst.", "The 4.7 kΩ resistor between the data wire and 3.3 V is missing, or the wire is loose."},
	},
	oneWireEmpty: {
		Text{"Ingen givare på 1-Wire-bussen.", "No sensor on the 1-Wire bus."},
		Text{"Har givare anslutits: datatråden ska till GPIO4 (stift 7), med 4,7 kΩ till 3,3 V. Är den kortsluten visas också ingenting.",
			"If one is connected: the data wire goes to GPIO4 (pin 7), with 4.7 kΩ to 3.3 V. A shorted one shows nothing, too."},
	},
	oneWireMute: {
		Text{"1-Wire-givaren svarar inte, eller med fel kontrollsumma.", "The 1-Wire sensor does not answer, or with a wrong checksum."},
		Text{"Kontrollera kontakt och kabel. Blir det fel bara ibland är kabeln för lång eller grenad, eller motståndet (4,7 kΩ) för stort.",
			"Check plug and cable. If it fails only now and then, the cable is too long or branched, or the resistor (4.7 kΩ) too large."},
	},
	powerOn: {
		Text{"Startvärde: givaren har inte mätt.", "Power-on value: the sensor has not measured."},
		Text{"Matningen är för svag. Anslut alla tre ledarna, även 3,3 V, och korta kabeln.", "The supply is too weak. Connect all three wires, 3.3 V too, and shorten the cable."},
	},
	allOnes: {
		Text{"127,9 grader: datatråden ligger högt.", "127.9 degrees: the data wire is held high."},
		Text{"Kontrollera att datatråden når givaren och inte är förväxlad med 3,3 V.", "Check that the data wire reaches the sensor and is not swapped with 3.3 V."},
	},
	lineHeld: {
		Text{"Linjen används av ett annat program eller en drivrutin.", "Another program or driver holds the line."},
		Text{"Välj en annan linje, eller ta bort det som använder den (dtoverlay i /boot/firmware/config.txt).", "Choose another line, or take away what uses it (dtoverlay in /boot/firmware/config.txt)."},
	},
	lineOurs: {
		Text{"Linjen används av den rackvakt som redan kör.", "The rackvakt that runs already holds the line."},
		Text{"Se värdet med: rackvakt status. Eller stanna den först: sudo systemctl stop rackvakt.", "See its value with: rackvakt status. Or stop it first: sudo systemctl stop rackvakt."},
	},
	noLine: {
		Text{"Linjen finns inte.", "There is no such line."},
		Text{"Jämför chip och line i konfigurationen med listan ovan.", "Compare chip and line in the configuration with the list above."},
	},
	lineGone: {
		Text{"Linjen är borta.", "The line is gone."},
		Text{"Kontrollera att kretskortet med ingångarna sitter i.", "Check that the board with the inputs is plugged in."},
	},
	loopCut: {
		Text{"Slingan är avbruten.", "The loop is cut."},
		Text{"Kontrollera kabeln till kontakten, och att båda motstånden sitter vid kontakten.", "Check the cable to the contact, and that both resistors sit at the contact."},
	},
	loopShort: {
		Text{"Slingan är kortsluten.", "The loop is shorted."},
		Text{"Kontrollera kabeln till kontakten, och att motstånden sitter vid kontakten och inte vid kortet.", "Check the cable to the contact, and that the resistors sit at the contact and not at the board."},
	},
	loopBetween: {
		Text{"Slingans spänning hör till inget läge.", "The loop's voltage belongs to no state."},
		Text{"Jämför motståndens värden med konfigurationen (closed_ohms, open_ohms, pull_up_ohms).", "Compare the resistors with the configuration (closed_ohms, open_ohms, pull_up_ohms)."},
	},
	loopUnsteady: {
		Text{"Slingan kommer inte till ro.", "The loop does not come to rest."},
		Text{"En ledare sitter löst, eller så går kabeln intill en nätkabel. Dra åt skruvarna i plintarna.", "A wire is loose, or the cable runs beside a mains cable. Tighten the screws of the terminals."},
	},
}
