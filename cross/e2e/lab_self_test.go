package e2e

import "testing"

func TestLabStands(t *testing.T) {
	needLab(t)
	buildNetwork(t)
	startSnmpd(t, t.TempDir())
	startReceivers(t)
	startSjunet(t)
}
