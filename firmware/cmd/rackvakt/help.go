package main

import (
	"flag"
	"fmt"

	"rackvakt/uplink/alarm"
)

var usage = alarm.Text{SV: `rackvakt - vakten i nätskåpet

  rackvakt run                       vaktar nätskåpet tills SIGTERM; SIGHUP läser filen på nytt
  rackvakt check                     säger varje fel i konfigurationsfilen
  rackvakt example                   skriver en kommenterad exempelkonfiguration
  rackvakt status                    visar nätskåpet nu, som den körande vakten ser det
  rackvakt poll ENHET ...            läser växlar, UPS:er, PDU:er och skrivare en gång över SNMP
  rackvakt sense                     hittar och läser givarna en gång; säger vad som är felkopplat
  rackvakt sense -watch              säger ändringar när de sker: tryck på dörren och se det
  rackvakt sense -snippet            skriver konfigurationen för det som är nytt
  rackvakt sim [NAMN=VÄRDE ...]      visar eller styr en körande vakts simulerade kort
  rackvakt version

Exempel
  rackvakt check -config /etc/rackvakt/rackvakt.yaml
  rackvakt status -lang en
  rackvakt poll sw1                                        en enhet i konfigurationen
  rackvakt poll -version 2c -community-file c.txt 10.20.0.2
  rackvakt sense -watch -for 30s -json
  rackvakt sim -socket /run/rackvakt/sim.sock door=open temperature/inlet=ramp:22..36/10m

-json skriver för program; -lang sv|en väljer språk för det som människor läser
(annars $LANG, annars svenska). Varje kommando tar -h.
Slutkoder: 0 bra, 1 misslyckades, 2 fel i konfigurationen eller på kommandoraden,
3 sense hittade inget anslutet.
`, EN: `rackvakt - the monitor in the network closet

  rackvakt run                       watch the closet until SIGTERM; SIGHUP reads the file again
  rackvakt check                     tell every mistake in the configuration file
  rackvakt example                   print a commented example configuration
  rackvakt status                    show the closet now, as the running monitor sees it
  rackvakt poll HOST ...             read switches, UPSes, PDUs and printers once over SNMP
  rackvakt sense                     find and read the sensors once; name mistakes of wiring
  rackvakt sense -watch              tell changes as they come: push the door and see it
  rackvakt sense -snippet            print the configuration of what is new
  rackvakt sim [NAME=VALUE ...]      show or move the simulated board of a running monitor
  rackvakt version

Examples
  rackvakt check -config /etc/rackvakt/rackvakt.yaml
  rackvakt status -lang en
  rackvakt poll sw1                                        a device of the configuration
  rackvakt poll -version 2c -community-file c.txt 10.20.0.2
  rackvakt sense -watch -for 30s -json
  rackvakt sim -socket /run/rackvakt/sim.sock door=open temperature/inlet=ramp:22..36/10m

-json writes for programs; -lang sv|en chooses the language of what people read
(else $LANG, else Swedish). Every command takes -h.
Exit codes: 0 good, 1 failed, 2 mistakes in the configuration or on the command line,
3 sense found nothing attached.
`}

// What each command says of itself.
var (
	aboutRun = alarm.Text{SV: `rackvakt run [-config FIL]
Vaktar nätskåpet tills SIGTERM (sista orden inom 5 s). SIGHUP läser filen på nytt: gränser,
viktiga portar, korskopplingslista, dörrtider och mål på vägen ut tas i bruk, resten kräver omstart.`,
		EN: `rackvakt run [-config FILE]
Watch the closet until SIGTERM (last words within 5 s). SIGHUP reads the file again:
limits, important ports, patch map, hours of doors and path targets are taken over, the
rest needs a restart.`}

	aboutVersion = alarm.Text{SV: "rackvakt version [-json]", EN: "rackvakt version [-json]"}
	aboutExample = alarm.Text{SV: "rackvakt example > rackvakt.yaml", EN: "rackvakt example > rackvakt.yaml"}

	aboutCheck = alarm.Text{SV: `rackvakt check [-config FIL] [-json]
Säger varje fel i filen på en gång. Slutkod 0: rätt, 2: fel, 1: en fil kan inte läsas.
Filer som den nämner och som inte kan läsas här står som anmärkningar (slutkod 0).`,
		EN: `rackvakt check [-config FILE] [-json]
Tell every mistake in the file at once. Exit code 0: good, 2: mistakes, 1: a file cannot be read.
Files that it names and that cannot be read here are told as notes (exit code 0).`}

	aboutStatus = alarm.Text{SV: `rackvakt status [-socket VÄG] [-json]
Visar nätskåpet som den körande vakten ser det: bedömning, larm, värden, portar och
vad vakten saknar. tcp* står i stället för en förbjuden ping.`,
		EN: `rackvakt status [-socket PATH] [-json]
Show the closet as the running monitor sees it: verdict, alarms, values, ports, and
what the monitor lacks. tcp* stands in for a forbidden ping.`}

	pollHelp = alarm.Text{SV: `rackvakt poll [flaggor] ADRESS[:PORT] | NAMN ...
Läser enheter en gång över SNMP: konfigurationens vid namn, andra med den åtkomst som
flaggorna ger. Med -json ett objekt per rad och enhet, i given ordning; vad en enhet inte
sade är null. Slutkod 1 där någon enhet inte kunde läsas helt, 2 vid fel på kommandoraden.

-bridge läser också vilka MAC-adresser som finns bakom varje port, och portarnas VLAN. Bara på
begäran: listan kan vara lång, och en MAC-adress kan peka ut en person. Den visas här och
ingen annanstans: vakten läser den aldrig, och inget av den sparas eller sänds till regionen.

  rackvakt poll sw1 sw2
  rackvakt poll -bridge sw1
  rackvakt poll -json -version 2c -community-file c.txt 10.20.0.2 | jq .device
  rackvakt poll -user rackvakt -auth-pass-file a.txt -priv-pass-file p.txt 10.20.0.2:161`,
		EN: `rackvakt poll [flags] HOST[:PORT] | NAME ...
Read devices once over SNMP: those of the configuration by their names, others with the
access given by flags. With -json one object a line and target, in the order given; what
a device did not tell is null. Exit code 1 where any target could not be read whole, 2 for
mistakes on the command line.

-bridge also reads which MAC addresses stand behind each port, and the ports' VLANs. Only on
request: the list may be long, and a MAC address may point out a person. It is shown here and
nowhere else: the monitor never reads it, and nothing of it is kept or sent to the region.

  rackvakt poll sw1 sw2
  rackvakt poll -bridge sw1
  rackvakt poll -json -version 2c -community-file c.txt 10.20.0.2 | jq .device
  rackvakt poll -user rackvakt -auth-pass-file a.txt -priv-pass-file p.txt 10.20.0.2:161`}

	aboutSense = alarm.Text{SV: `rackvakt sense [-watch [-for TID] [-lines NAMN,...] | -snippet] [-config FIL] [-json]
Hittar allt som är anslutet (GPIO-kretsar och linjer, I2C, 1-Wire, kärnans givare), läser
det en gång, säger vad som är felkopplat och vad man gör åt det, och skriver konfigurationen
för det som är nytt. Det fungerar också utan konfiguration.

-watch säger ändringar när de sker, en rad var: kontakter genast, temperaturer när de rör sig
0,5 grader, fukt 2 %, tills Ctrl-C. Utan konfigurerad kontakt följs de lediga linjerna på en
Raspberry Pis stiftlist (med pull-up på): tryck på dörren och se vilken linje det är. Linjer
som en körande vakt håller kan inte läsas bredvid den: stoppa den först (systemctl stop rackvakt).

Slutkoder: 0 något är anslutet, 1 misslyckades, 2 fel i konfigurationen, 3 inget alls är
anslutet (ingen GPIO-krets, inget på I2C eller 1-Wire). Där inget hittades för att behörighet
saknas (grupperna gpio och i2c) är koden 1.`,
		EN: `rackvakt sense [-watch [-for TIME] [-lines NAME,...] | -snippet] [-config FILE] [-json]
Find everything attached (GPIO chips and lines, I2C, 1-Wire, sensors of the kernel),
read it once, name mistakes of wiring with what to do, and print the configuration
of what is new. It works without a configuration too.

-watch tells changes as they come, one line each: edges at once, temperatures when
they move by 0.5 degrees, humidity by 2 %, until Ctrl-C. Without a configured contact
it follows the free lines of a Raspberry Pi's header (with their pull-up on): push the
door and see which line it is. The lines that a running monitor holds cannot be read
beside it: stop it first (systemctl stop rackvakt).

Exit codes: 0 something is attached, 1 failed, 2 mistakes in the configuration,
3 nothing at all is attached (no GPIO chip, nothing on I2C or 1-Wire). Where nothing was
found since it may not be looked into (groups gpio and i2c), the code is 1.`}

	aboutSim = alarm.Text{SV: `rackvakt sim [-socket VÄG] [NAMN=VÄRDE ...]
Styr det simulerade kortet (sensors.board.kind: sim) hos en körande vakt, eller hos en
körande "rackvakt sense -watch". Utan tilldelning visas allt. Alla tilldelningar tas,
eller ingen.

  door=open  door2=open  lock=unlocked  tamper=open   kontakter; en konfigurerad
  mains=lost  leak=water  smoke=smoke  cooling=alarm  kontakt har sitt eget namn
  temperature/inlet=31.5                              inlet outlet room ceiling; grader (31.5)
  humidity/room=85                                    procent
  temperature/inlet=ramp:22..36/10m                   från 22 till 36 på tio minuter, stannar där
  temperature/inlet=ramp:..36/10m                     därifrån den står
  temperature/outlet=absent  door=absent              givaren svarar inte
  temperature/room=crc                                fel kontrollsumma: room ceiling humidity/room
  temperature/inlet=stuck                             behåller sitt senaste värde
  temperature/ceiling=power-on                        vad kretsen håller innan den har mätt`,
		EN: `rackvakt sim [-socket PATH] [NAME=VALUE ...]
Move the simulated board (sensors.board.kind: sim) of a running monitor, or of a
running "rackvakt sense -watch". Without an assignment: show everything. All
assignments are taken, or none.

  door=open  door2=open  lock=unlocked  tamper=open   contacts; a configured
  mains=lost  leak=water  smoke=smoke  cooling=alarm  contact has its own name
  temperature/inlet=31.5                              inlet outlet room ceiling; degrees
  humidity/room=85                                    percent
  temperature/inlet=ramp:22..36/10m                   from 22 to 36 in ten minutes, then stays
  temperature/inlet=ramp:..36/10m                     from where it stands
  temperature/outlet=absent  door=absent              the sensor does not answer
  temperature/room=crc                                wrong checksums: room ceiling humidity/room
  temperature/inlet=stuck                             keeps its last value
  temperature/ceiling=power-on                        what the chip holds before it has measured`}
)

// swedishFlags is what the flags are for, by their English; the name of the value
// stands between back quotes, as package flag has it.
var swedishFlags = map[string]string{
	"configuration `file`":                                                  "konfigurations`fil`",
	"language of what people read: sv or en":                                "språk för det som människor läser: sv eller en",
	"write JSON for programs":                                               "skriv JSON för program",
	"log every step":                                                        "logga varje steg",
	"status `socket` of the monitor; else the configuration's":              "vaktens status`socket`; annars konfigurationens",
	"control `socket` of the simulated board; else the configuration's":     "styr`socket` för det simulerade kortet; annars konfigurationens",
	"SNMP version: 3, 2c or 1":                                              "SNMP-version: 3, 2c eller 1",
	"`file` with the community (1, 2c)":                                     "`fil` med community (1, 2c)",
	"community (1, 2c); other users of this machine may see it":             "community (1, 2c); andra användare av maskinen kan se den",
	"user name (3)":                                                         "användarnamn (3)",
	"authentication protocol (3): md5, sha, sha224, sha256, sha384, sha512": "autentiseringsprotokoll (3): md5, sha, sha224, sha256, sha384, sha512",
	"`file` with the authentication passphrase (3)":                         "`fil` med autentiseringens lösenfras (3)",
	"privacy protocol (3): des, aes, aes192, aes256, aes192c, aes256c":      "krypteringsprotokoll (3): des, aes, aes192, aes256, aes192c, aes256c",
	"`file` with the privacy passphrase (3)":                                "`fil` med krypteringens lösenfras (3)",
	"`folder` of more sensor profiles":                                      "`mapp` med fler givarprofiler",
	"also read who stands behind each port, and VLANs":                      "läs också vem som finns bakom varje port, och VLAN",
	"longest wait for one answer":                                           "längsta väntan på ett svar",
	"tell changes as they come":                                             "säg ändringar när de sker",
	"print only the configuration of what is new":                           "skriv bara konfigurationen för det som är nytt",
	"end -watch after this `time`: 30s, 10m":                                "sluta med -watch efter denna `tid`: 30s, 10m",
	"GPIO `lines` that -watch follows too: GPIO17,GPIO27":                   "GPIO-`linjer` som -watch också följer: GPIO17,GPIO27",
}

// printHelp writes what a command is for and its flags, in the reader's language.
func (c *command) printHelp(about alarm.Text) {
	lang := alarm.Lang(*c.lang)
	fmt.Fprintf(c.flags.Output(), "%s\n\n", about.In(lang))
	c.flags.VisitAll(func(f *flag.Flag) {
		if sv, ok := swedishFlags[f.Usage]; ok {
			f.Usage = alarm.Text{SV: sv, EN: f.Usage}.In(lang)
		}
	})
	c.flags.PrintDefaults()
}
