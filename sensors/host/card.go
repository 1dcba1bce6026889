package host

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"syscall"

	"rackvakt/sensors/reading"
)

// readDisk reads the folder that holds the data: whether it takes data, why not,
// and how much room it has.
func (h *Host) readDisk(g *gather) {
	if h.from.Disk == nil {
		return
	}
	free, refused := h.from.Disk()
	g.take(point("", reading.StorageWritable), number(refused == nil), nil)
	if free >= 0 {
		g.take(point("", reading.StorageFree), free, nil)
	}
	why := refusal(refused)
	if why != h.refused {
		if why != "" {
			h.log.Error("storage refuses data", "error", refused)
		} else {
			h.log.Info("storage takes data again", "after", h.refused)
		}
		h.refused = why
	}
	g.batch.Facts = append(g.batch.Facts, reading.Fact{Point: point("", reading.StorageWritable), Label: reading.LabelProblem, Text: why, At: g.at})
}

// refusal names why storage takes no data: "read-only file system".
func refusal(err error) string {
	var errno syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.As(err, &errno):
		return errno.Error()
	}
	return "refused"
}

// readCards reads what the cards and eMMCs say of themselves. The kernel shows the
// life of an eMMC only.
func (h *Host) readCards(g *gather) {
	for _, dir := range glob(h.from.FS, "sys/block/mmcblk*/device") {
		name := path.Base(path.Dir(dir))
		g.fact(name, reading.LabelModel, text(h.from.FS, dir+"/name"))
		g.fact(name, reading.LabelSerial, strings.TrimPrefix(text(h.from.FS, dir+"/serial"), "0x"))
		h.readLife(g, name, dir)
	}
}

func (h *Host) readLife(g *gather, name, dir string) {
	if s, err := readText(h.from.FS, dir+"/life_time"); !missing(err) {
		var step int64
		if err == nil {
			step, err = lifeStep(s)
		}
		if step > 0 || err != nil {
			g.take(point(name, reading.StorageLife), lifeUsed(step), err)
		}
		if step > 0 && step < lifeOver {
			g.batch.Readings[len(g.batch.Readings)-1].Uncertainty = lifeStepWidth / 2
		}
	}
	if v, err := readInt(h.from.FS, dir+"/pre_eol_info"); !missing(err) && (v > 0 || err != nil) {
		state := preEOL(v)
		if err == nil && state < 0 {
			err = fmt.Errorf("read pre_eol_info: %d is not defined", v)
		}
		g.take(point(name, reading.PartState), state, err)
	}
}

const (
	lifeStepWidth = 10_000 // a step of the life that is used, 0.001 %
	lifeOver      = 11     // the step for more than the life that was promised
)

// lifeStep reads life_time, "0x02 0x01": the steps for the two types of memory that
// an eMMC has; the worse counts. 1 is up to 10 % used, 10 up to 100 %, 11 more; 0
// says nothing.
func lifeStep(s string) (int64, error) {
	fields, worse := strings.Fields(s), int64(0)
	refused := fmt.Errorf("read life_time: %q is not two steps of 0 to %d", s, lifeOver)
	if len(fields) != 2 {
		return 0, refused
	}
	for _, f := range fields {
		step, err := strconv.ParseInt(f, 0, 64)
		if err != nil || step < 0 || step > lifeOver {
			return 0, refused
		}
		worse = max(worse, step)
	}
	return worse, nil
}

// lifeUsed is the middle of a step; all of it from the last on.
func lifeUsed(step int64) int64 { return min(step*lifeStepWidth-lifeStepWidth/2, 100_000) }

// preEOL translates pre_eol_info, how much of the reserved blocks is used: 1
// normal, 2 four fifths, 3 nine tenths. -1 for what is not defined.
func preEOL(v int64) int64 {
	switch v {
	case 1:
		return reading.PartOK
	case 2:
		return reading.PartWarning
	case 3:
		return reading.PartCritical
	}
	return -1
}

// readFileSystems reads the errors that ext4 has met on each partition, such as
// writes that the card did not take.
func (h *Host) readFileSystems(g *gather) {
	for _, file := range glob(h.from.FS, "sys/fs/ext4/*/errors_count") {
		name := path.Base(path.Dir(file))
		v, err := readInt(h.from.FS, file)
		g.take(point(name+" errors", reading.Quantity), v, err)
		g.take(point(name, reading.PartState), number(v > 0)*reading.PartWarning, err)
	}
}
