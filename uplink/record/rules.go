package record

// rules switches single rules of the protocol off, so that the model can show
// what each of them is for. The zero value, the only one that callers of this
// package can have, keeps all of them.
type rules struct {
	noPrevCheck        bool // collector 3: prev must be the head
	storeAgain         bool // collector 3: an identity it has is not stored again
	keepHeadOnHad      bool // collector 3: the head moves to an identity already had
	noMarkCheck        bool // collector 2: the mark is checked at `state`
	forgetCovered      bool // collector 2: the mark is remembered as covered
	gapFromNewest      bool // collector 2: own gap from the mark's start, not from the newest record
	ackUncommitted     bool // collector 4: the heads in an ack are the committed ones
	gapKeepsIdentity   bool // Pi 5: a gap gets a new identity when it grows
	gapForgetsTaken    bool // Pi 5: a gap lists the gaps it took in, and what they covered
	markKeepsPrev      bool // Pi 2: an ack of the mark sets prev
	gapDroppedWhole    bool // Pi 2: a gap keeps what comes after the head
	firstWithoutMark   bool // Pi 3: the first entry carries the mark
	noStartGap         bool // Pi 6: a gap at each start
	noHoles            bool // Pi 6: holes are closed at each start
	startGapUnnamed    bool // Pi 6: a gap that covers none is itself the `after` of what follows
	noStateAtTimeout   bool // Pi 1: `state` at each window time-out
	deleteBeforeMarked bool // mark durable before anything it covers is deleted
}
