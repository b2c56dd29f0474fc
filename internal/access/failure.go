package access

import (
	"fmt"
	"hash/maphash"
	"math"
	"net/netip"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
)

// maxAddresses bounds whose failures are counted. When it is reached, counting
// begins anew for all.
const maxAddresses = 10_000

// Limited is the error for an address that failed too often.
type Limited struct{ After time.Duration }

// Error gives the message.
func (l *Limited) Error() string {
	return fmt.Sprintf("too many failed attempts from this address; try again in %.0f s", math.Ceil(l.After.Seconds()))
}

// failures counts failed attempts by address, each as an allowance that fills
// again within a minute. Addresses are kept hashed with a seed of this process.
type failures struct {
	perMinute float64
	seed      maphash.Seed
	of        map[uint64]allowance
}

type allowance struct {
	left float64
	at   time.Time
}

// network is what counts as one address: of IPv6 the part that a provider
// gives to one customer.
func network(from netip.Addr) netip.Addr {
	from = from.Unmap()
	if from.Is6() {
		if p, err := from.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return from
}

func (f *failures) key(from netip.Addr) uint64 {
	raw := network(from).As16()
	return maphash.Bytes(f.seed, raw[:])
}

// now gives what is left of an address's allowance.
func (f *failures) now(key uint64, at time.Time) float64 {
	a, ok := f.of[key]
	if !ok {
		return f.perMinute
	}
	gained := max(0, at.Sub(a.at).Minutes()) * f.perMinute
	return min(f.perMinute, a.left+gained)
}

// wait is how long an address has to wait for its next attempt.
func (f *failures) wait(left float64) time.Duration {
	if left >= 1 {
		return 0
	}
	return time.Duration((1 - left) / f.perMinute * float64(time.Minute))
}

func (a *Authenticator) mustWait(from netip.Addr) time.Duration {
	if !from.IsValid() {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failures.wait(a.failures.now(a.failures.key(from), a.now()))
}

// failed counts a failure and gives the error for it. A good credential is let
// in from an address that failed too often; a bad one is told to wait.
func (a *Authenticator) failed(from netip.Addr, why string) error {
	if from.IsValid() {
		a.mu.Lock()
		defer a.mu.Unlock()
		f, at := &a.failures, a.now()
		key := f.key(from)
		left := f.now(key, at)
		if wait := f.wait(left); wait > 0 {
			return &Limited{After: wait}
		}
		if len(f.of) >= maxAddresses {
			clear(f.of)
		}
		f.of[key] = allowance{left: left - 1, at: at}
	}
	return fault.New(fault.Unauthorized, "%s", why)
}
