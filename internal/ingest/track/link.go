package track

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// Reasons of links.
const (
	whyIdentify = "identify"
	whyAlias    = "alias"
	whyManual   = "manual"
)

// withdrawnSetting keeps the ids of automatic links that were taken back.
const withdrawnSetting = "track.withdrawn"

// maxWithdrawn bounds how many automatic links can be taken back by hand.
const maxWithdrawn = 10_000

// twin marks the second link of an alias, see aliasLinks.
const twin = "-a"

// kinship knows which user each anonymous id belongs to. An anonymous id is
// linked to the first user who signs in with it and no other: who signs in next
// on a shared computer is somebody else. An alias says outright that two names
// are one person and is always believed.
type kinship struct {
	mu        sync.Mutex
	seed      maphash.Seed
	limit     int
	user      map[uint64]uint64 // by anonymous key
	withdrawn map[string]bool   // ids
}

func newKinship(limit int) *kinship {
	return &kinship{seed: maphash.MakeSeed(), limit: limit, user: map[uint64]uint64{}, withdrawn: map[string]bool{}}
}

// load reads the links in force.
func (k *kinship) load(links []warehouse.Link, withdrawn []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.user)
	clear(k.withdrawn)
	for _, id := range withdrawn {
		k.withdrawn[id] = true
	}
	for _, l := range links {
		k.note(l)
	}
}

// note remembers the user of an anonymous id. When there are too many, some are
// forgotten: their next sign-in is said again, and a second user of such a
// shared computer would be linked.
func (k *kinship) note(l warehouse.Link) {
	anonymous, user := l.Value, l.Other
	if !isAnonymous(anonymous) {
		anonymous, user = user, anonymous
	}
	if !isAnonymous(anonymous) || isAnonymous(user) {
		return
	}
	for key := range k.user {
		if len(k.user) < k.limit {
			break
		}
		delete(k.user, key)
	}
	key := maphash.String(k.seed, anonymous)
	if _, taken := k.user[key]; !taken {
		k.user[key] = maphash.String(k.seed, user)
	}
}

func isAnonymous(key string) bool { return strings.HasPrefix(key, "anon:") }

// join gives the links that an identify call makes, none when they are made,
// and whether the anonymous id is another user's.
func (k *kinship) join(user, anonymousKey string, at time.Time) (links []warehouse.Link, others bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := newLink(user, anonymousKey, at, whyIdentify)
	if k.withdrawn[l.ID] {
		return nil, false
	}
	if known, ok := k.user[maphash.String(k.seed, l.Other)]; ok {
		return nil, known != maphash.String(k.seed, user)
	}
	k.note(l)
	return []warehouse.Link{l}, false
}

// alias gives the links that an alias call makes. The previous id may have been
// a user's or an anonymous one; the call does not say which, so both are meant.
func (k *kinship) alias(user, previous string, at time.Time) (links []warehouse.Link) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range aliasLinks(user, previous, at) {
		if !k.withdrawn[l.ID] {
			k.note(l)
			links = append(links, l)
		}
	}
	return links
}

func aliasLinks(user, previous string, at time.Time) []warehouse.Link {
	l := newLink(user, previous, at, whyAlias)
	second := l
	second.ID, second.Other = l.ID+twin, anonymousKey(previous)
	if isAnonymous(previous) {
		return []warehouse.Link{l}
	}
	return []warehouse.Link{l, second}
}

// newLink makes a link whose id follows from what it says, so that saying it
// again changes nothing.
func newLink(value, other string, at time.Time, why string) warehouse.Link {
	sum := sha256.Sum256([]byte(why + "\x00" + value + "\x00" + other))
	return warehouse.Link{ID: "track-" + hex.EncodeToString(sum[:12]), Value: value, Other: other, At: at, Why: why}
}

// Links lists which names belong to one person: those that calls made and those
// made by hand. An alias shows once.
func (s *Service) Links(ctx context.Context) ([]warehouse.Link, error) {
	all, err := s.opt.Facts.Links(ctx)
	return slices.DeleteFunc(all, func(l warehouse.Link) bool { return strings.HasSuffix(l.ID, twin) }), err
}

// Link says that two names belong to one person, for the past too. Names are as
// facts carry them: a user id, "anon:" with an anonymous id, an e-mail address.
//
// Errors: fault.Invalid for a name that is empty, too long or the other one.
func (s *Service) Link(ctx context.Context, value, other string) (warehouse.Link, error) {
	if value == "" || other == "" || value == other || len(value) > maxID+5 || len(other) > maxID+5 {
		return warehouse.Link{}, fault.New(fault.Invalid, "a link joins two different names of at most %d bytes", maxID)
	}
	at := s.opt.Now().UTC()
	l := newLink(value, other, at, whyManual+at.Format(time.RFC3339Nano)) // can be made again after it was withdrawn
	l.Why = whyManual
	_, err := s.opt.Facts.Take(ctx, warehouse.Delta{Source: Source, Links: []warehouse.Link{l}})
	if err != nil {
		return warehouse.Link{}, fmt.Errorf("link two names: %w", err)
	}
	s.kin.mu.Lock()
	s.kin.note(l)
	s.kin.mu.Unlock()
	return l, nil
}

// Unlink takes a link back, for the past too. An automatic link that was taken
// back stays so, whatever clients repeat.
//
// Errors: fault.NotFound when there is none of that id; fault.Conflict when more
// than 10,000 automatic ones were taken back.
func (s *Service) Unlink(ctx context.Context, id string) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	all, err := s.opt.Facts.Links(ctx)
	if err != nil {
		return fmt.Errorf("read the links: %w", err)
	}
	id = strings.TrimSuffix(id, twin)
	all = slices.DeleteFunc(all, func(l warehouse.Link) bool { return strings.TrimSuffix(l.ID, twin) != id })
	if len(all) == 0 {
		return fault.New(fault.NotFound, "there is no link %q in force", id)
	}
	if err := s.noteWithdrawn(ctx, all); err != nil {
		return err
	}
	for _, l := range all {
		if err := s.opt.Facts.Unlink(ctx, l.ID); err != nil {
			return fmt.Errorf("withdraw the link: %w", err)
		}
	}
	return s.loadLinks(ctx)
}

// noteWithdrawn remembers automatic links that are taken back.
func (s *Service) noteWithdrawn(ctx context.Context, links []warehouse.Link) error {
	return s.opt.Settings.ChangeSetting(ctx, withdrawnSetting, func(old []byte) ([]byte, error) {
		ids, err := decodeWithdrawn(old)
		if err != nil {
			return nil, err
		}
		for _, l := range links {
			if l.Why != whyManual && !slices.Contains(ids, l.ID) {
				ids = append(ids, l.ID)
			}
		}
		if len(ids) > maxWithdrawn {
			return nil, fault.New(fault.Conflict, "%d automatic links were taken back, which is the most there can be", maxWithdrawn)
		}
		return json.Marshal(ids)
	})
}

func decodeWithdrawn(data []byte) (ids []string, err error) {
	if len(data) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(data, &ids); err != nil {
		return nil, fmt.Errorf("read the setting %s: %w", withdrawnSetting, err)
	}
	return ids, nil
}

// loadLinks learns which links are in force and which were taken back.
func (s *Service) loadLinks(ctx context.Context) error {
	links, err := s.opt.Facts.Links(ctx)
	if err != nil {
		return fmt.Errorf("read the links: %w", err)
	}
	data, err := s.opt.Settings.Setting(ctx, withdrawnSetting)
	if err != nil {
		return fmt.Errorf("read the links that were taken back: %w", err)
	}
	withdrawn, err := decodeWithdrawn(data)
	if err != nil {
		return err
	}
	s.kin.load(links, withdrawn)
	return nil
}
