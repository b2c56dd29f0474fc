package privacy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/state"
)

// page is how many statements are read and changed at a time, fewer when those
// to be rewritten have more than pageBytes; agentsAtOnce is how many agents are
// searched for together.
const (
	page         = 200
	pageBytes    = 4 << 20
	agentsAtOnce = 50
)

// Receipt says what an erasure did. It holds nothing of the person but keyed
// hashes, by which somebody who knows the identities and has the workspace's key
// can tell whom it was about.
type Receipt struct {
	ID         string    `json:"id"` // of the erasure, and of the suppression that it left
	At         time.Time `json:"at"`
	FinishedAt time.Time `json:"finished_at"`
	By         string    `json:"by"`         // id of the credential that asked for it
	Identities []string  `json:"identities"` // hashes, sorted
	// Statements were deleted, Rewritten ones hold a pseudonym in the person's
	// place. Documents were deleted.
	Statements int            `json:"statements"`
	Rewritten  int            `json:"rewritten"`
	Documents  int            `json:"documents"`
	Facts      map[string]int `json:"facts"` // rows in which a pseudonym stands, by fact
	Other      int64          `json:"other"` // things kept beside, such as events that wait
	// Resumed says how often the erasure was interrupted and went on. Counts
	// may lack what was under way then.
	Resumed int `json:"resumed"`
}

// Erase erases a person who is known by the identities, all that Find joins to
// them, and keeps them out from now on: what arrives about them later is
// acknowledged and dropped. by is the id of the credential that asks.
//
// An error, or the end of the process, leaves an erasure that Resume completes;
// the person is kept out meanwhile.
//
// Errors: fault.Invalid for identities that are none; those of store and facts.
func (s *Service) Erase(ctx context.Context, identities []string, by string) (Receipt, error) {
	person, err := s.Find(ctx, identities)
	if err != nil {
		return Receipt{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &intent{
		Person: person, Pseudonym: s.opt.NewID(),
		Receipt: Receipt{ID: s.opt.NewID(), At: s.opt.Now().UTC(), By: by, Identities: s.guard.receiptOf(person), Facts: map[string]int{}},
	}
	if err := s.remember(ctx, in); err != nil {
		return Receipt{}, err
	}
	return s.carryOut(ctx, in)
}

// Resume completes the erasures that were interrupted. It is called when the
// server starts and now and then.
func (s *Service) Resume(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	pending, err := s.pending(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, in := range pending {
		in.Receipt.Resumed++
		_, err := s.carryOut(ctx, in)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// carryOut does what is intended, however much of it was done before, and
// keeps the receipt. The person is kept out first, so that nothing new arrives
// behind the erasure's back; and once more found, for facts may have joined
// other identities meanwhile.
func (s *Service) carryOut(ctx context.Context, in *intent) (Receipt, error) {
	steps := []struct {
		what string
		do   func(context.Context, *intent) error
	}{
		{"keep the person out", s.keepOut},
		{"erase statements", s.eraseStatements},
		{"erase documents", s.eraseDocuments},
		{"erase facts", s.eraseFacts},
		{"overwrite what was deleted", func(ctx context.Context, _ *intent) error { return s.store.Scrub(ctx) }},
		{"keep the receipt", s.conclude},
	}
	for _, step := range steps {
		if err := step.do(ctx, in); err != nil {
			s.opt.Log.Error("an erasure was interrupted", "erasure", in.Receipt.ID, "step", step.what, "error", err)
			return Receipt{}, fmt.Errorf("erasure %s: %s: %w; it goes on when the server starts again or is told to resume", in.Receipt.ID, step.what, err)
		}
	}
	s.opt.Log.Info("a person was erased", "erasure", in.Receipt.ID, "statements", in.Receipt.Statements, "rewritten", in.Receipt.Rewritten)
	return in.Receipt, nil
}

// keepOut lets nothing of the person in from now on, and then finds the person
// once more: until then facts may have joined other identities. An erasure that
// goes on found them before; by now some of them are no more.
func (s *Service) keepOut(ctx context.Context, in *intent) error {
	if err := s.suppress(ctx, in); err != nil || in.Receipt.Resumed > 0 {
		return err
	}
	person, err := s.Find(ctx, in.Person.all())
	if err != nil || len(person.all()) <= len(in.Person.all()) {
		return err
	}
	in.Person, in.Receipt.Identities = person, s.guard.receiptOf(person)
	if err := s.remember(ctx, in); err != nil {
		return err
	}
	return s.suppress(ctx, in)
}

func (s *Service) suppress(ctx context.Context, in *intent) error {
	if err := s.guard.suppress(ctx, in.Person.all(), in.Receipt.At); err != nil {
		return err
	}
	if s.opt.OnSuppressed != nil {
		s.opt.OnSuppressed()
	}
	return nil
}

func (s *Service) eraseStatements(ctx context.Context, in *intent) error {
	e := newEraser(&in.Person, in.Pseudonym)
	for agents := range slices.Chunk(in.Person.Agents, agentsAtOnce) {
		f := state.Filter{Any: [][]state.Term{anyRole(agents)}, WithVoided: true, Ascending: true, Limit: page}
		for more := true; more; {
			var err error
			if f.After, more, err = s.erasePage(ctx, in, e, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// anyRole finds agents wherever a statement names them.
func anyRole(agents []string) []state.Term {
	terms := make([]state.Term, 0, 3*len(agents))
	for _, a := range agents {
		for _, kind := range []state.TermKind{state.TermAgent, state.TermRelatedAgent, state.TermAuthority} {
			terms = append(terms, state.Term{Kind: kind, Text: a})
		}
	}
	return terms
}

// erasePage deals with the next statements and says which was the last and
// whether there may be more. Among them are some that only refer to one of the
// person's; they stay as they are.
func (s *Service) erasePage(ctx context.Context, in *intent, e *eraser, f state.Filter) (last int64, more bool, err error) {
	var h haul
	read := 0
	err = s.store.Statements(ctx, f, func(st state.Statement) error {
		last, read = st.Seq, read+1
		if err := h.add(e, st); err != nil {
			return fmt.Errorf("statement %s: %w", st.ID, err)
		}
		if h.size >= pageBytes {
			return errFull
		}
		return nil
	})
	full := errors.Is(err, errFull)
	if err != nil && !full {
		return last, false, err
	}
	return last, full || read == f.Limit, s.apply(ctx, in, &h)
}

// errFull ends the reading of a page.
var errFull = errors.New("the page is full")

// haul is what an erasure does to a page of statements.
type haul struct {
	touched []string             // all of them
	gone    []string             // go whole
	changed []state.NewStatement // are rewritten
	size    int                  // bytes of these
}

func (h *haul) add(e *eraser, st state.Statement) error {
	what, body, err := e.take(st.Body)
	if err != nil || what == untouched {
		return err
	}
	h.touched = append(h.touched, st.ID)
	if what == rewritten {
		if again, err := lrs.Rewrite(st, body); err == nil {
			h.changed, h.size = append(h.changed, again), h.size+len(again.Body)
			return nil
		}
	} // what cannot be rewritten by the rules goes whole
	h.gone = append(h.gone, st.ID)
	return nil
}

// apply does it. Others hear of it before and afterwards.
func (s *Service) apply(ctx context.Context, in *intent, h *haul) error {
	if len(h.touched) == 0 {
		return nil
	}
	if err := s.tell(ctx, h.touched); err != nil {
		return err
	}
	if len(h.gone) > 0 {
		n, err := s.store.DeleteStatements(ctx, h.gone)
		in.Receipt.Statements += n
		if err != nil {
			return err
		}
	}
	for _, st := range h.changed {
		if err := s.store.ReplaceStatement(ctx, st); err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		in.Receipt.Rewritten++
	}
	if err := s.tell(ctx, h.touched); err != nil {
		return err
	}
	return s.remember(ctx, in)
}

func (s *Service) tell(ctx context.Context, statements []string) error {
	if s.opt.OnStatements == nil {
		return nil
	}
	return s.opt.OnStatements(ctx, statements)
}

func (s *Service) eraseDocuments(ctx context.Context, in *intent) error {
	for _, agent := range in.Person.Agents {
		n, err := s.store.ForgetAgent(ctx, agent)
		if err != nil {
			return err
		}
		in.Receipt.Documents += n
	}
	return s.remember(ctx, in)
}

func (s *Service) eraseFacts(ctx context.Context, in *intent) error {
	if s.opt.OnKeys != nil {
		n, err := s.opt.OnKeys(ctx, in.Person.Keys)
		if err != nil {
			return err
		}
		in.Receipt.Other += n
	}
	if s.facts == nil {
		return nil
	}
	rows, err := s.facts.ForgetPerson(ctx, in.Person.Keys, in.Pseudonym)
	for fact, n := range rows {
		in.Receipt.Facts[fact] += n
	}
	return err
}
