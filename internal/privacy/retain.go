package privacy

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

const policyName = "privacy.retention"

// Policy says how long statements are kept.
type Policy struct {
	// Days after which statements are deleted, counted from when they were
	// stored; 0 keeps them.
	Days int `json:"days"`
	// KeepFacts leaves the facts that statements gave when those are deleted:
	// KPIs of the past stay, and a rebuild leaves them alone.
	KeepFacts bool `json:"keep_facts,omitempty"`
}

// maxDays is a hundred years: more is a mistake.
const maxDays = 36525

// Policy gives the policy in force.
func (s *Service) Policy(ctx context.Context) (p Policy, err error) {
	text, err := s.store.Setting(ctx, policyName)
	if err != nil || len(text) == 0 {
		return Policy{}, err
	}
	return p, json.Unmarshal(text, &p)
}

// SetPolicy changes it. Nothing is deleted before Retain runs.
//
// Errors: fault.Invalid.
func (s *Service) SetPolicy(ctx context.Context, p Policy) error {
	if p.Days < 0 || p.Days > maxDays {
		return fault.New(fault.Invalid, "days: %d; use 0 to keep everything, or 1 to %d", p.Days, maxDays)
	}
	return s.store.ChangeSetting(ctx, policyName, func([]byte) ([]byte, error) { return json.Marshal(p) })
}

// Retain deletes what is older than the policy allows, statements and what is
// kept beside them.
func (s *Service) Retain(ctx context.Context) (Deletion, error) {
	policy, err := s.Policy(ctx)
	if err != nil || policy.Days == 0 {
		return Deletion{}, err
	}
	before := s.opt.Now().AddDate(0, 0, -policy.Days)
	done, err := s.Delete(ctx, Range{To: before, KeepFacts: policy.KeepFacts})
	if err == nil && s.opt.OnRetain != nil {
		done.Other, err = s.opt.OnRetain(ctx, before)
	}
	if err != nil {
		return done, fmt.Errorf("retention: %w", err)
	}
	s.opt.Log.Info("retention", "days", policy.Days, "statements", done.Statements, "other", done.Other)
	return done, nil
}

// Range selects statements by when they were stored, half-open. A zero bound is
// none.
type Range struct {
	From, To  time.Time
	KeepFacts bool // see Policy
	DryRun    bool // counts and deletes nothing; see Deletion
}

// Deletion says what a deletion took away, or with a dry run would take.
type Deletion struct {
	Statements int  `json:"statements"`
	DryRun     bool `json:"dry_run,omitempty"`
	// Left are statements that are not facts yet, which a deletion that keeps
	// facts leaves for the next time.
	Left int `json:"left,omitempty"`
	// Other are things kept beside that retention deleted, such as events that
	// wait to count.
	Other int64 `json:"other,omitempty"`
}

// Delete deletes the statements of a range for good, voided ones too, with
// attachments that no other one has. What refers to them stays. The facts that
// came from them go as well, soon after, unless they are kept.
//
// An error leaves what was deleted up to then deleted.
//
// Errors: fault.Invalid for a range without a bound or with nothing in it.
func (s *Service) Delete(ctx context.Context, r Range) (Deletion, error) {
	if r.From.IsZero() && r.To.IsZero() {
		return Deletion{}, fault.New(fault.Invalid, "the range has neither beginning nor end; give one")
	}
	if !r.To.IsZero() && !r.From.Before(r.To) {
		return Deletion{}, fault.New(fault.Invalid, "the range ends at %s, which is not after its beginning %s", r.To.Format(time.RFC3339), r.From.Format(time.RFC3339))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	upTo := int64(-1)
	if r.KeepFacts && s.facts != nil {
		var err error
		if upTo, err = s.facts.Cursor(ctx, s.opt.Source); err != nil {
			return Deletion{}, err
		}
	}
	done := Deletion{DryRun: r.DryRun}
	f := state.Filter{WithVoided: true, Ascending: true, Limit: page}
	if !r.From.IsZero() {
		f.Since = r.From.Add(-1)
	}
	if !r.To.IsZero() {
		f.Until = r.To.Add(-1)
	}
	for {
		last, n, err := s.deletePage(ctx, r, f, upTo, &done)
		if err != nil || n < page {
			return done, err
		}
		f.After = last
	}
}

// deletePage deletes the next statements whose place is at most upTo, if that
// is not negative.
func (s *Service) deletePage(ctx context.Context, r Range, f state.Filter, upTo int64, done *Deletion) (last int64, n int, err error) {
	var ids []string
	err = s.store.Statements(ctx, f, func(st state.Statement) error {
		last, n = st.Seq, n+1
		if upTo >= 0 && st.Seq > upTo {
			done.Left++
			return nil
		}
		ids = append(ids, st.ID)
		return nil
	})
	if err != nil {
		return last, n, err
	}
	if r.DryRun || len(ids) == 0 {
		done.Statements += len(ids)
		return last, n, nil
	}
	if err := s.tell(ctx, ids); err != nil {
		return last, n, err
	}
	if r.KeepFacts && s.facts != nil {
		if _, err := s.facts.KeepFacts(ctx, ids); err != nil {
			return last, n, err
		}
	}
	gone, err := s.store.DeleteStatements(ctx, ids)
	done.Statements += gone
	if err != nil {
		return last, n, err
	}
	return last, n, s.tell(ctx, ids)
}
