package outbox

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"rackvakt/uplink/record"
)

// segment is one file of a lane, or the same bytes in memory while the disk refuses.
type segment struct {
	// seq orders the segments of a lane and names the file.
	seq uint64
	// end is the offset behind the last sound frame; size what the file takes.
	end, size int64
	// runs names the entries in it, in order.
	runs []run
	// mem holds the bytes while there is no file; nil where there is one.
	mem []byte
	// sealed: nothing is appended any more.
	sealed bool
}

// run is a row of entries of one start with consecutive numbers.
type run struct {
	start    string
	from, to uint64
}

const segmentSuffix = ".seg"

func segmentName(dir string, seq uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x%s", seq, segmentSuffix))
}

// segmentSeq reads the number out of a file name.
func segmentSeq(name string) (uint64, bool) {
	hex, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(hex) != 16 {
		return 0, false
	}
	seq, err := strconv.ParseUint(hex, 16, 64)
	return seq, err == nil
}

// add notes one more entry.
func (s *segment) add(start string, n uint64) {
	if k := len(s.runs) - 1; k >= 0 && s.runs[k].start == start && s.runs[k].to+1 == n {
		s.runs[k].to = n
		return
	}
	s.runs = append(s.runs, run{start: start, from: n, to: n})
}

// holds reports whether the entry is in this segment.
func (s *segment) holds(start string, n uint64) bool {
	for _, r := range s.runs {
		if r.start == start && r.from <= n && n <= r.to {
			return true
		}
	}
	return false
}

// firstID and lastID name the ends of a segment, "" where it holds nothing.
func (s *segment) firstID() record.ID {
	if len(s.runs) == 0 {
		return ""
	}
	return record.RecordID(s.runs[0].start, s.runs[0].from)
}

func (s *segment) lastID() record.ID {
	if len(s.runs) == 0 {
		return ""
	}
	r := s.runs[len(s.runs)-1]
	return record.RecordID(r.start, r.to)
}
