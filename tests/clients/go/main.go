// Does with the Go libraries go-oidc and golang.org/x/oauth2 all that one of the demo's clients may, as any integrator would:
//
//	go run . DIR/demo.json [CLIENT_ID]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Nothing listens there: the program reads the answer off the address, as the library is given it.
const redirectURI = "http://127.0.0.1:8089/callback"

// demo is what the demo tells of itself.
type demo struct {
	Issuer  string       `json:"issuer"`
	Clients []registered `json:"clients"`
	People  []sample     `json:"people"`
}

type registered struct {
	ID                     string   `json:"client_id"`
	Secret                 string   `json:"client_secret"`
	AuthMethod             string   `json:"token_endpoint_auth_method"`
	GrantTypes             []string `json:"grant_types"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris"`
	BackchannelLogoutURI   string   `json:"backchannel_logout_uri"`
}

type sample struct{ Case, Identifier, Password string }

// trial is one client of the demo, the provider that it found, and the person who signs in.
type trial struct {
	issuer     string
	client     registered
	provider   *oidc.Provider
	endSession string
	config     oauth2.Config
	person     *person
	sample     sample
}

func main() {
	log.SetFlags(0)
	told, clientID := os.Args[1], "essai"
	if len(os.Args) > 2 {
		clientID = os.Args[2]
	}
	if err := run(context.Background(), told, clientID); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, told, clientID string) error {
	it, err := discover(ctx, told, clientID)
	if err != nil {
		return err
	}
	flows := []struct {
		grantType string
		complete  func(context.Context) error
	}{
		{"authorization_code", it.signInAndOut},
		{"client_credentials", it.askForItself},
		{"urn:ietf:params:oauth:grant-type:device_code", it.signInOnADevice},
	}
	for _, flow := range flows {
		if slices.Contains(it.client.GrantTypes, flow.grantType) {
			if err := flow.complete(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// discover reads what the demo tells, and asks its provider for the rest; the issuer must be the very one that was asked for.
func discover(ctx context.Context, told, clientID string) (*trial, error) {
	text, err := os.ReadFile(told)
	if err != nil {
		return nil, err
	}
	var demo demo
	if err := json.Unmarshal(text, &demo); err != nil {
		return nil, err
	}
	client := slices.IndexFunc(demo.Clients, func(it registered) bool { return it.ID == clientID })
	external := slices.IndexFunc(demo.People, func(it sample) bool { return it.Case == "external" })
	if client < 0 || external < 0 {
		return nil, errors.New("the demo has no such client, or no external person")
	}
	it := &trial{issuer: demo.Issuer, client: demo.Clients[client], sample: demo.People[external], person: newPerson()}

	it.provider, err = oidc.NewProvider(ctx, demo.Issuer)
	if err != nil {
		return nil, err
	}
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := it.provider.Claims(&metadata); err != nil {
		return nil, err
	}
	it.endSession = metadata.EndSession
	it.config = oauth2.Config{
		ClientID:     it.client.ID,
		ClientSecret: it.client.Secret,
		Endpoint:     it.provider.Endpoint(),
		RedirectURL:  redirectURI,
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}
	// Left alone, the library tries one way and then the other.
	it.config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if it.client.AuthMethod != "client_secret_basic" {
		it.config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	fmt.Println("discovered", demo.Issuer, "for", it.client.ID)
	return it, nil
}

func (it *trial) verifier() *oidc.IDTokenVerifier {
	return it.provider.Verifier(&oidc.Config{ClientID: it.client.ID})
}

// verified gives the ID token beside the tokens once its signature, issuer, audience, times and at_hash hold.
func (it *trial) verified(ctx context.Context, tokens *oauth2.Token) (string, *oidc.IDToken, error) {
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return "", nil, errors.New("there is no ID token")
	}
	idToken, err := it.verifier().Verify(ctx, raw)
	if err != nil {
		return "", nil, err
	}
	return raw, idToken, idToken.VerifyAccessToken(tokens.AccessToken)
}

// refresh gets new tokens for old ones, as the library does once the access token is over; then, who is this?
func (it *trial) refresh(ctx context.Context, tokens *oauth2.Token, subject string) error {
	fresh, err := it.config.TokenSource(ctx, &oauth2.Token{RefreshToken: tokens.RefreshToken}).Token()
	if err != nil {
		return err
	}
	if fresh.RefreshToken == tokens.RefreshToken {
		return errors.New("the refresh token was not rotated")
	}
	fmt.Println("refreshed", fresh.Type(), fresh.Expiry)
	userinfo, err := it.provider.UserInfo(ctx, oauth2.StaticTokenSource(fresh))
	if err != nil {
		return err
	}
	var profile struct {
		FamilyName string `json:"family_name"`
	}
	if err := userinfo.Claims(&profile); err != nil {
		return err
	}
	if userinfo.Subject != subject || profile.FamilyName == "" {
		return fmt.Errorf("userinfo tells %q of %q", profile.FamilyName, userinfo.Subject)
	}
	fmt.Println("userinfo", userinfo.Subject, profile.FamilyName)
	return nil
}

// passTheDoors takes the person from the choice of situations to where their sign-in ends.
func (it *trial) passTheDoors(doors *page, stopAt string) (*page, error) {
	form, err := it.person.follow(doors, "/sign-in/external")
	if err != nil {
		return nil, err
	}
	values := map[string]string{"username": it.sample.Identifier, "password": it.sample.Password}
	return it.person.submit(form, "login-submit", values, stopAt)
}
