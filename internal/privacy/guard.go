package privacy

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/vault"
	"github.com/liftmark/liftmark/xapi"
)

// maxRemembered bounds the answers that a guard keeps in memory.
const maxRemembered = 100_000

// Guard keeps erased people out. Everything that takes data in asks it. It
// remembers answers, and is the one through which people are suppressed.
type Guard struct {
	store state.Upkeep
	key   []byte
	newID func() string

	mu      sync.Mutex
	answers map[string]bool // by text: suppressed or not
	round   int             // counts suppressions: answers asked for before one are forgotten
}

func newGuard(store state.Upkeep, key vault.Key, newID func() string) *Guard {
	return &Guard{store: store, key: key.Derive("suppressed identities"), newID: newID, answers: map[string]bool{}}
}

// Rewrite takes erased agents out of a statement that arrives, as an erasure
// does: nil when it is by or about them alone and is not to be stored, else the
// statement with a pseudonym in their place.
func (g *Guard) Rewrite(statement []byte, erased map[xapi.IFI]bool) ([]byte, error) {
	var p Person
	for agent, is := range erased {
		if is {
			p.addAgent(agent)
		}
	}
	what, body, err := newEraser(&p, g.newID()).take(statement)
	if err != nil || what == deleted {
		return nil, err
	}
	if what == untouched {
		return statement, nil
	}
	return body, nil
}

// Agents is Suppressed for agents of statements.
func (g *Guard) Agents(ctx context.Context, agents []xapi.IFI) (map[xapi.IFI]bool, error) {
	texts := make([]string, len(agents))
	for i, a := range agents {
		texts[i] = string(a)
	}
	found, err := g.Suppressed(ctx, texts)
	out := make(map[xapi.IFI]bool, len(found))
	for text := range found {
		out[xapi.IFI(text)] = true
	}
	return out, err
}

// Suppressed says which identities were erased: keys of people as facts hold
// them, or agents of statements as xapi.IFI writes them. Letter case does not
// matter. The result holds only those that were.
func (g *Guard) Suppressed(ctx context.Context, identities []string) (map[string]bool, error) {
	out := map[string]bool{}
	unknown, round := g.recall(identities, out)
	if len(unknown) == 0 {
		return out, nil
	}
	hashes := g.hashes(unknown)
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
		if g.round == round {
			g.answers[text] = kept[hashes[i]]
		}
		if kept[hashes[i]] {
			out[text] = true
		}
	}
	return out, nil
}

// recall notes what is known in out and gives the rest.
func (g *Guard) recall(identities []string, out map[string]bool) (unknown []string, round int) {
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
	return unknown, g.round
}

// suppress keeps identities out from now on.
func (g *Guard) suppress(ctx context.Context, identities []string, at time.Time) error {
	err := g.store.Suppress(ctx, g.hashes(identities), at)
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.answers)
	g.round++
	return err
}

// receiptOf gives what a receipt says of who was erased: sorted hashes.
func (g *Guard) receiptOf(p Person) []string {
	hashes := g.hashes(p.all())
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

// hashes gives the keyed hashes of identities: HMAC-SHA-256 of their lower case.
func (g *Guard) hashes(identities []string) []string {
	hashes := make([]string, len(identities))
	for i, text := range identities {
		mac := hmac.New(sha256.New, g.key)
		mac.Write([]byte(strings.ToLower(text)))
		hashes[i] = hex.EncodeToString(mac.Sum(nil))
	}
	return hashes
}
