package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
)

// traffic is what passed a relay, in UDP payloads.
type traffic struct {
	Requests, Answers           int64 // datagrams
	RequestOctets, AnswerOctets int64
}

func (t traffic) plus(u traffic) traffic {
	return traffic{
		t.Requests + u.Requests, t.Answers + u.Answers,
		t.RequestOctets + u.RequestOctets, t.AnswerOctets + u.AnswerOctets,
	}
}

func (t traffic) minus(u traffic) traffic {
	return traffic{
		t.Requests - u.Requests, t.Answers - u.Answers,
		t.RequestOctets - u.RequestOctets, t.AnswerOctets - u.AnswerOctets,
	}
}

func (t traffic) octets() int64 { return t.RequestOctets + t.AnswerOctets }

// relay passes datagrams between askers and one agent and counts them: the same
// measure for whoever asks.
type relay struct {
	conn  *net.UDPConn
	agent *net.UDPAddr
	serve sync.WaitGroup

	requests, answers, requestOctets, answerOctets atomic.Int64

	mu  sync.Mutex // guards ups
	ups map[string]*net.UDPConn
}

func openRelay(ctx context.Context, agent string) (*relay, error) {
	to, err := net.ResolveUDPAddr("udp", agent)
	if err != nil {
		return nil, err
	}
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{conn: conn.(*net.UDPConn), agent: to, ups: make(map[string]*net.UDPConn)}
	r.serve.Go(r.forward)
	return r, nil
}

func (r *relay) addr() string { return r.conn.LocalAddr().String() }

func (r *relay) traffic() traffic {
	return traffic{r.requests.Load(), r.answers.Load(), r.requestOctets.Load(), r.answerOctets.Load()}
}

// forward passes requests on, from a socket of its own for each asker.
func (r *relay) forward() {
	buf := make([]byte, 65536)
	for {
		n, from, err := r.conn.ReadFromUDP(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP refusal of an answer to an asker that has gone
		}
		r.requests.Add(1)
		r.requestOctets.Add(int64(n))
		if up := r.up(from); up != nil {
			_, _ = up.Write(buf[:n]) // a lost request is what UDP is
		}
	}
}

// up returns the socket for an asker; nil where there can be none, or no more.
func (r *relay) up(from *net.UDPAddr) *net.UDPConn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if up := r.ups[from.String()]; up != nil || r.ups == nil {
		return up
	}
	up, err := net.DialUDP("udp", nil, r.agent)
	if err != nil {
		return nil
	}
	r.ups[from.String()] = up
	r.serve.Go(func() { r.back(up, from) })
	return up
}

// back passes answers to the asker.
func (r *relay) back(up *net.UDPConn, to *net.UDPAddr) {
	buf := make([]byte, 65536)
	for {
		n, err := up.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		r.answers.Add(1)
		r.answerOctets.Add(int64(n))
		_, _ = r.conn.WriteToUDP(buf[:n], to) // a lost answer is what UDP is
	}
}

func (r *relay) close() error {
	err := r.conn.Close()
	r.mu.Lock()
	for _, up := range r.ups {
		err = errors.Join(err, up.Close())
	}
	r.ups = nil
	r.mu.Unlock()
	r.serve.Wait()
	return err
}
