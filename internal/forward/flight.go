package forward

import "sync"

// flights are the statements that are on their way, so that what an erasure
// takes away is not sent any more, nor kept in what the other store said of it.
type flights struct {
	mu    sync.Mutex
	round int // counts withdrawals
	under map[*flight]bool
}

// flight is what one worker read last and is sending.
type flight struct {
	of        *flights
	ids       map[string]bool
	onGone    func() // called when one of them is withdrawn
	withdrawn bool
}

func newFlights() *flights { return &flights{under: map[*flight]bool{}} }

// now is to be asked before statements are read that take off then.
func (f *flights) now() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.round
}

// takeOff notes statements that were read since a round. It gives nil when
// something was withdrawn since: they may be what is no more, so read them again.
func (f *flights) takeOff(round int, ids []string, onGone func()) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.round != round {
		return nil
	}
	l := &flight{of: f, ids: make(map[string]bool, len(ids)), onGone: onGone}
	for _, id := range ids {
		l.ids[id] = true
	}
	f.under[l] = true
	return l
}

// land ends a flight.
func (l *flight) land() {
	if l == nil {
		return
	}
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	delete(l.of.under, l)
}

// withdraw says that statements are being erased or rewritten.
func (f *flights) withdraw(ids []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.round++
	for l := range f.under {
		for _, id := range ids {
			if l.ids[id] {
				l.withdrawn = true
				l.onGone()
				break
			}
		}
	}
}

// lost says whether one of the flight's statements was withdrawn.
func (l *flight) lost() bool {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	return l.withdrawn
}

// whole does something that quotes the flight's statements, unless one of them
// was withdrawn, and says whether it did. Nothing is withdrawn meanwhile.
func (l *flight) whole(do func() error) (bool, error) {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	if l.withdrawn {
		return false, nil
	}
	return true, do()
}
