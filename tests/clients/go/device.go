package main

import (
	"context"
	"fmt"
)

// signInOnADevice shows a code, which the person types elsewhere, where they decide.
func (it *trial) signInOnADevice(ctx context.Context) error {
	waiting, err := it.config.DeviceAuth(ctx)
	if err != nil {
		return err
	}
	form, err := it.person.open(waiting.VerificationURI, "")
	if err != nil {
		return err
	}
	doors, err := it.person.submit(form, "device-submit", map[string]string{"user-code": waiting.UserCode}, "")
	if err != nil {
		return err
	}
	question, err := it.passTheDoors(doors, "")
	if err != nil {
		return err
	}
	if _, err := it.person.submit(question, "consent-allow", nil, ""); err != nil {
		return err
	}

	// It asks every few seconds until the person has decided.
	tokens, err := it.config.DeviceAccessToken(ctx, waiting)
	if err != nil {
		return err
	}
	_, idToken, err := it.verified(ctx, tokens)
	if err != nil {
		return err
	}
	fmt.Println("signed in, on a device", idToken.Subject, idToken.Issuer, idToken.Audience)
	return it.refresh(ctx, tokens, idToken.Subject)
}
