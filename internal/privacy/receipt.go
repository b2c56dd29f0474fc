package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/internal/fault"
)

// Settings in which erasures are kept: those under way, the months that have
// receipts, and the receipts of a month.
const (
	pendingName  = "privacy.erasing"
	monthsName   = "privacy.receipts"
	monthPattern = "privacy.receipts.%s"
	sealPurpose  = "erasure"
)

// maxPending bounds the erasures that wait to be resumed.
const maxPending = 1000

// intent is an erasure under way. It is kept sealed, for it names the person.
type intent struct {
	Person    Person  `json:"person"`
	Pseudonym string  `json:"pseudonym"` // in no receipt: nothing leads from it to the person
	Receipt   Receipt `json:"receipt"`
}

// remember writes an erasure under way down, or how far it is.
func (s *Service) remember(ctx context.Context, in *intent) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	sealed := s.key.Seal(sealPurpose, string(text))
	return s.changePending(ctx, func(all map[string]string) error {
		if _, known := all[in.Receipt.ID]; !known && len(all) >= maxPending {
			return fault.New(fault.Unavailable, "there are %d interrupted erasures; let them be resumed first", len(all))
		}
		all[in.Receipt.ID] = sealed
		return nil
	})
}

func (s *Service) changePending(ctx context.Context, change func(map[string]string) error) error {
	return s.store.ChangeSetting(ctx, pendingName, func(old []byte) ([]byte, error) {
		all, err := decodePending(old)
		if err == nil {
			err = change(all)
		}
		if err != nil || len(all) == 0 {
			return nil, err
		}
		return json.Marshal(all)
	})
}

func decodePending(text []byte) (map[string]string, error) {
	all := map[string]string{}
	if len(text) == 0 {
		return all, nil
	}
	return all, json.Unmarshal(text, &all)
}

// pending gives the erasures under way, oldest first. One that does not open
// with the key, which somebody exchanged, is an error and does not stop others.
func (s *Service) pending(ctx context.Context) (list []*intent, err error) {
	text, err := s.store.Setting(ctx, pendingName)
	if err != nil {
		return nil, err
	}
	all, err := decodePending(text)
	if err != nil {
		return nil, err
	}
	for id, sealed := range all {
		in := &intent{}
		plain, openErr := s.key.Open(sealPurpose, sealed)
		if openErr == nil {
			openErr = json.Unmarshal([]byte(plain), in)
		}
		if openErr != nil {
			s.opt.Log.Error("an interrupted erasure cannot be resumed; erase the person again", "erasure", id, "error", openErr)
			continue
		}
		list = append(list, in)
	}
	slices.SortFunc(list, func(a, b *intent) int { return a.Receipt.At.Compare(b.Receipt.At) })
	return list, nil
}

// conclude keeps the receipt, then forgets the intent: interrupted in between,
// the erasure runs once more and finds its receipt there, for it lies under the
// month in which the erasure was asked for, whenever it ends.
func (s *Service) conclude(ctx context.Context, in *intent) error {
	in.Receipt.FinishedAt = s.opt.Now().UTC()
	month := in.Receipt.At.UTC().Format("2006-01")
	err := changeList(ctx, s, monthsName, func(months []string) []string {
		return appendNew(months, month)
	})
	if err != nil {
		return err
	}
	err = changeList(ctx, s, fmt.Sprintf(monthPattern, month), func(receipts []Receipt) []Receipt {
		receipts = slices.DeleteFunc(receipts, func(r Receipt) bool { return r.ID == in.Receipt.ID })
		return slices.SortedStableFunc(slices.Values(append(receipts, in.Receipt)), func(a, b Receipt) int { return a.At.Compare(b.At) })
	})
	if err != nil {
		return err
	}
	return s.changePending(ctx, func(all map[string]string) error { delete(all, in.Receipt.ID); return nil })
}

func changeList[T any](ctx context.Context, s *Service, name string, change func([]T) []T) error {
	return s.store.ChangeSetting(ctx, name, func(old []byte) ([]byte, error) {
		var list []T
		if len(old) > 0 {
			if err := json.Unmarshal(old, &list); err != nil {
				return nil, err
			}
		}
		return json.Marshal(change(list))
	})
}

func readList[T any](ctx context.Context, s *Service, name string) (list []T, err error) {
	text, err := s.store.Setting(ctx, name)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	return list, json.Unmarshal(text, &list)
}

// Receipts calls each with every receipt, those asked for earlier first.
func (s *Service) Receipts(ctx context.Context, each func(Receipt) error) error {
	months, err := readList[string](ctx, s, monthsName)
	if err != nil {
		return err
	}
	for _, month := range slices.Sorted(slices.Values(months)) {
		receipts, err := readList[Receipt](ctx, s, fmt.Sprintf(monthPattern, month))
		if err != nil {
			return err
		}
		for _, r := range receipts {
			if err := each(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// HasErased says whether anybody was erased here, or is being.
func (s *Service) HasErased(ctx context.Context) (bool, error) {
	for _, name := range []string{monthsName, pendingName} {
		if text, err := s.store.Setting(ctx, name); err != nil || len(text) > 0 {
			return true, err
		}
	}
	return false, nil
}

var errFound = errors.New("found")

// Receipt gives the receipt of an erasure.
//
// Errors: fault.NotFound, also while the erasure is under way.
func (s *Service) Receipt(ctx context.Context, id string) (found Receipt, err error) {
	err = s.Receipts(ctx, func(r Receipt) error {
		if r.ID == id {
			found = r
			return errFound
		}
		return nil
	})
	if err == nil {
		return Receipt{}, fault.New(fault.NotFound, "there is no receipt %q; an erasure that was interrupted has none yet", id)
	}
	if errors.Is(err, errFound) {
		return found, nil
	}
	return Receipt{}, err
}
