package privacy

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/state"
)

// maxRemembered bounds the answers that a guard keeps in memory.
const maxRemembered = 100_000

// Guard keeps erased people out. Everything that takes data in asks it. It
// remembers answers, and is the one through which people are suppressed.
type Guard struct {
	store state.Upkeep
	hash  func(string) string

	mu      sync.Mutex
	answers map[string]bool // by text: suppressed or not
}

func newGuard(store state.Upkeep, hash func(string) string) *Guard {
	return &Guard{store: store, hash: hash, answers: map[string]bool{}}
}

// Suppressed says which identities were erased: keys of people as facts hold
// them, in any letter case, or agents of statements as xapi.IFI writes them. The
// result holds only those that were.
func (g *Guard) Suppressed(ctx context.Context, identities []string) (map[string]bool, error) {
	out := map[string]bool{}
	unknown := g.recall(identities, out)
	if len(unknown) == 0 {
		return out, nil
	}
	hashes := make([]string, len(unknown))
	for i, text := range unknown {
		hashes[i] = g.hash(canonical(text))
	}
	kept, err := g.store.Suppressed(ctx, hashes)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, text := range unknown {
		if len(g.answers) >= maxRemembered {
			clear(g.answers)
		}
		g.answers[text] = kept[hashes[i]]
		if kept[hashes[i]] {
			out[text] = true
		}
	}
	return out, nil
}

// recall notes what is known in out and gives the rest.
func (g *Guard) recall(identities []string, out map[string]bool) (unknown []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, text := range identities {
		suppressed, known := g.answers[text]
		if !known {
			unknown = append(unknown, text)
		}
		if suppressed {
			out[text] = true
		}
	}
	return unknown
}

// suppress keeps identities out from now on.
func (g *Guard) suppress(ctx context.Context, identities []string, at time.Time) error {
	err := g.store.Suppress(ctx, g.hashes(identities), at)
	g.mu.Lock() // after the store knows, so that no old answer is remembered again
	defer g.mu.Unlock()
	clear(g.answers)
	return err
}

func (g *Guard) hashes(identities []string) []string {
	hashes := make([]string, len(identities))
	for i, text := range identities {
		hashes[i] = g.hash(canonical(text))
	}
	return hashes
}

// canonical is the form in which an identity is hashed: agents as they are, for
// the record store hashes them so, keys of people in lower case.
func canonical(identity string) string {
	if strings.Contains(identity, "::") {
		return identity
	}
	return strings.ToLower(identity)
}
