package lrs

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/xapi"
)

// ErrPrecondition is in the chain of errors that say that a document is not as
// the caller's If-Match or If-None-Match demands.
var ErrPrecondition = errors.New("precondition failed")

// Condition says when a document may change. Match and NoneMatch are ETags
// without quotes, or "*"; empty lists are no condition.
type Condition struct {
	Version          xapi.Version
	Match, NoneMatch []string
}

// DocumentBytes is the size of the largest document.
func (s *Service) DocumentBytes() int { return s.opt.DocumentBytes }

// Document gives a document.
//
// Errors: fault.NotFound.
func (s *Service) Document(ctx context.Context, key DocumentKey) (Document, error) {
	return s.store.Document(ctx, key)
}

// PutDocument stores a document. In version 2.0 one that exists is replaced only
// under a condition, in 1.0.3 a profile is put only under one.
//
// Errors: ErrPrecondition; fault.Conflict for a missing condition when there is
// a document, fault.Invalid when there is none; fault.TooLarge.
func (s *Service) PutDocument(ctx context.Context, doc Document, c Condition) error {
	return s.change(ctx, doc.Key, func(old *Document) (*Document, error) {
		if err := c.check(old); err != nil {
			return nil, err
		}
		if err := c.demanded(doc.Key.Resource, old); err != nil {
			return nil, err
		}
		return &doc, s.fits(&doc)
	})
}

// PostDocument stores a document or, when there is one, joins the members of two
// JSON objects: the top level only, new ones win.
//
// Errors: ErrPrecondition; fault.Invalid when one of the two is no JSON object;
// fault.TooLarge.
func (s *Service) PostDocument(ctx context.Context, doc Document, c Condition) error {
	return s.change(ctx, doc.Key, func(old *Document) (*Document, error) {
		if err := c.check(old); err != nil {
			return nil, err
		}
		if old == nil {
			return &doc, s.fits(&doc)
		}
		joined, err := join(old, &doc)
		if err != nil {
			return nil, err
		}
		return joined, s.fits(joined)
	})
}

// DeleteDocument deletes a document, if there is one.
//
// Errors: ErrPrecondition.
func (s *Service) DeleteDocument(ctx context.Context, key DocumentKey, c Condition) error {
	return s.store.ChangeDocument(ctx, key, func(old *Document) (*Document, error) {
		return nil, c.check(old)
	})
}

// DocumentIDs lists the documents on a shelf changed after since. A state shelf
// without a registration is that of every registration.
func (s *Service) DocumentIDs(ctx context.Context, shelf Shelf, since time.Time) ([]string, error) {
	return s.store.DocumentIDs(ctx, shelf, shelf.Registration == "", since)
}

// ClearShelf deletes the documents on a shelf. One without a registration is
// that of every registration.
func (s *Service) ClearShelf(ctx context.Context, shelf Shelf) error {
	return s.store.ClearShelf(ctx, shelf, shelf.Registration == "")
}

// change changes a document unless it is one of a suppressed agent, whose
// documents are acknowledged and not kept.
func (s *Service) change(ctx context.Context, key DocumentKey, change func(*Document) (*Document, error)) error {
	s.screening.RLock()
	defer s.screening.RUnlock()
	if key.Agent != "" && s.opt.Suppressed != nil {
		agent := xapi.IFI(key.Agent)
		suppressed, err := s.opt.Suppressed(ctx, []xapi.IFI{agent})
		if err != nil || suppressed[agent] {
			return err
		}
	}
	return s.store.ChangeDocument(ctx, key, change)
}

// fits says whether a document is not too large.
func (s *Service) fits(doc *Document) error {
	if len(doc.Body) > s.opt.DocumentBytes {
		return fault.New(fault.TooLarge, "the document would have %d bytes; %d are allowed", len(doc.Body), s.opt.DocumentBytes)
	}
	return nil
}

// check says whether a document, nil for none, is as the condition demands.
func (c Condition) check(old *Document) error {
	if len(c.Match) > 0 && (old == nil || !names(c.Match, old)) {
		return fault.New(fault.Conflict, "%w: the document is not the one that If-Match names; get it, look at what changed, and send its present ETag", ErrPrecondition)
	}
	if old != nil && names(c.NoneMatch, old) {
		return fault.New(fault.Conflict, "%w: the document exists, and If-None-Match asks not to touch it", ErrPrecondition)
	}
	return nil
}

// demanded refuses to put a document without a condition where the version
// demands one: 2.0 when there is a document already, 1.0.3 of profiles always.
func (c Condition) demanded(resource Resource, old *Document) error {
	if len(c.Match) > 0 || len(c.NoneMatch) > 0 {
		return nil
	}
	profile := resource != StateResource
	if old != nil && (profile || c.Version >= xapi.V2) {
		return fault.New(fault.Conflict, "this document exists: to replace it send If-Match with its ETag %q, to keep it send If-None-Match: *", old.ETag)
	}
	if profile && c.Version < xapi.V2 {
		return fault.New(fault.Invalid, "a profile is put under a condition: send If-None-Match: * to make a new one")
	}
	return nil
}

func names(tags []string, doc *Document) bool {
	return slices.Contains(tags, "*") || slices.Contains(tags, doc.ETag)
}
