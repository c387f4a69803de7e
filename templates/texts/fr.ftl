## Autour de chaque page

skip-nav = Accès rapide
skip-to-content = Aller au contenu
skip-to-help = Aller à l’aide
home-link = Accueil – { $name }
language-nav = Langue
footer-help = Besoin d’aide ?
footer-telephone = Le guichet unique vous répond au
footer-letter = Appelez le gestionnaire dont les coordonnées figurent en haut à gauche de votre convocation.
reference = Référence à donner à l’assistance :
going-to = Pour accéder à :
all-required = Sauf mention contraire, tous les champs sont obligatoires.
back-to-situations = Changer de situation
back-to-sign-in = Revenir à la connexion
or-telephone = Vous pouvez aussi appeler le guichet unique au

## Quelle est votre situation ?

situations-title = Quelle est votre situation ?
situations-intro = Choisissez ce qui vous correspond : nous vous menons au bon endroit pour vous connecter.
situation-remembered = Votre choix précédent

## Identifiant et mot de passe

password-title = Connexion à { $application }
password-legend = Vos identifiants
username-label = Identifiant
username-hint = En haut à gauche de votre convocation. Exemples : mdurand, mdurand2, ou un numéro.
username-missing = Saisissez votre identifiant.
password-label = Mot de passe
password-missing = Saisissez votre mot de passe.
password-too-long-field = Saisissez à nouveau votre mot de passe.
password-show = Afficher
password-show-what = le mot de passe
password-forgotten = Mot de passe oublié ?
login-submit = Se connecter

password-empty = Erreur : il manque une information
password-empty-text = Saisissez votre identifiant et votre mot de passe, puis validez à nouveau.
password-refused = Erreur : la connexion n’a pas abouti
password-refused-text = Cet identifiant et ce mot de passe ne permettent pas de vous connecter. Vérifiez-les, puis recommencez.
password-temporary-expired = Erreur : ce mot de passe temporaire n’est plus valable
password-temporary-expired-text = Il avait une durée limitée, qui est passée. Contactez le gestionnaire dont les coordonnées figurent en haut à gauche de votre convocation : il vous en donnera un nouveau.
password-busy = Erreur : le service est très demandé en ce moment
password-busy-text = Votre mot de passe n’a pas été vérifié. Attendez { $seconds ->
    [one] une seconde
   *[other] { $seconds } secondes
  }, puis saisissez-le à nouveau.
password-busy-minutes-text = Votre mot de passe n’a pas été vérifié. Attendez { $minutes ->
    [one] une minute
   *[other] { $minutes } minutes
  }, puis saisissez-le à nouveau.
password-too-long = Erreur : ce mot de passe est trop long
password-too-long-text = Aucun mot de passe n’a autant de caractères ici : un autre texte a peut-être été collé dans le champ.

mistakes-title = Les trois erreurs les plus fréquentes :
mistake-staff = Vous êtes un personnel de l’académie : passez par ARENA, avec l’identifiant et le mot de passe de votre messagerie académique.
mistake-centrale = Votre convocation porte la mention « EDITE PAR IMAGIN CENTRALE » : connectez-vous sur le site du ministère.
mistake-temporary = Le mot de passe imprimé sur la convocation ne sert qu’une fois : ensuite, saisissez celui que vous avez choisi.

upstream-hint-title = Pour vous, la connexion se fait par { $provider }
upstream-hint-text = Vous avez saisi l’identifiant d’un personnel de l’académie (messagerie académique ou NUMEN). Utilisez { $provider }, avec l’identifiant et le mot de passe de votre messagerie académique.
upstream-hint-unread = Aucun mot de passe n’a été vérifié ici. Si ce n’est pas votre cas, corrigez l’identifiant ci-dessous ; s’il figure tel quel sur votre convocation, saisissez de nouveau votre mot de passe.
upstream-hint-button = Continuer avec { $provider }

letter-help-title = Où les trouver ?
letter-help-identifier = L’identifiant
letter-help-identifier-text = Il est imprimé en haut à gauche de votre convocation. C’est un numéro, ou bien l’initiale de votre prénom suivie de votre nom, parfois avec un chiffre à la fin.
letter-help-first = Le mot de passe imprimé sur la convocation
letter-help-first-text = Il ne sert qu’à la première connexion. Vous en choisirez aussitôt un autre, personnel.
letter-help-none = Pas de mot de passe sur la convocation ?
letter-help-none-text = C’est que vous avez déjà un mot de passe personnel, choisi lors d’une connexion précédente : utilisez-le.
other-doors-title = Une autre situation ?

letter-heading = Convocation
letter-identifier = Identifiant
letter-password = Mot de passe
letter-manager = Votre gestionnaire

## Le mot de passe personnel

new-password-title = Choisissez votre mot de passe personnel
new-password-intro = Le mot de passe temporaire que vous venez d’utiliser ne sert qu’une fois. Choisissez maintenant le vôtre : c’est lui qui vous sera demandé les prochaines fois.
new-password-account = Votre identifiant :
new-password-label = Nouveau mot de passe
new-password-rule = Votre mot de passe doit contenir :
new-password-rule-short = au moins { $length } caractères, de trois sortes parmi ces quatre : minuscules, majuscules, chiffres, autres signes ;
new-password-rule-long = ou bien 20 caractères et plus, sans autre condition.
new-password-submit = Enregistrer et continuer
new-password-rejected = Erreur : ce mot de passe ne convient pas
new-password-empty = Saisissez le mot de passe que vous avez choisi.
new-password-too-short = Il est trop court. Il faut au moins { $length } caractères.
new-password-too-long = Il est trop long. Choisissez-en un plus court, de 20 à 60 caractères par exemple.
new-password-too-simple = Il serait trop facile à deviner. Mélangez trois sortes de caractères, ou écrivez une suite de plusieurs mots.
new-password-same-as-temporary = C’est le mot de passe de la convocation. Choisissez-en un autre, que personne d’autre ne connaît.
new-password-contains-identifier = Il contient votre identifiant. Choisissez-en un autre.
new-password-advice-title = Bien le choisir
new-password-advice-words = Quatre ou cinq mots sans rapport entre eux font un bon mot de passe, facile à retenir.
new-password-advice-elsewhere = Ne reprenez pas un mot de passe qui vous sert déjà ailleurs.
new-password-advice-keep = Votre téléphone ou votre navigateur propose de le retenir ? Sur un appareil à vous, acceptez. Sinon, notez-le en lieu sûr.

## Mot de passe oublié

forgotten-title = Mot de passe oublié
forgotten-intro = Un nouveau mot de passe temporaire peut vous être remis. Voici comment faire.
forgotten-letter = Prenez votre convocation
forgotten-letter-text = En haut à gauche figurent le nom, le téléphone et l’adresse de votre gestionnaire.
forgotten-manager = Contactez ce gestionnaire
forgotten-manager-text = Il vérifie qui vous êtes, puis vous remet une nouvelle convocation avec un mot de passe temporaire.
forgotten-return = Revenez vous connecter
forgotten-return-text = Saisissez le mot de passe temporaire : vous en choisirez aussitôt un autre, personnel.
forgotten-nobody = Le gestionnaire ne répond pas ?
forgotten-nobody-text = Appelez le guichet unique au
forgotten-centrale = Votre convocation porte la mention « EDITE PAR IMAGIN CENTRALE » ?
forgotten-centrale-text = Contactez le gestionnaire DGRH indiqué sur la convocation. Les services de l’académie ne peuvent pas rétablir cet accès.

## Connexion par un autre service

upstream-unavailable-title = { $provider } ne répond pas
upstream-unavailable-text = Le service de connexion { $provider } est en panne ou trop lent. Vous n’y êtes pour rien, et rien n’est perdu.
upstream-unavailable-step = Attendez une minute, puis réessayez.
upstream-refused-title = La connexion n’a pas abouti
upstream-refused-text = { $provider } n’a pas confirmé votre identité. Cela arrive quand la connexion a été annulée, ou quand le compte n’a pas accès à ce service.
upstream-refused-step = Réessayez. Si cela se répète, vérifiez vos identifiants ou demandez de l’aide.
upstream-untrusted-title = La réponse reçue n’a pas pu être vérifiée
upstream-untrusted-text = { $provider } a envoyé une réponse que nous n’avons pas pu vérifier. Par sécurité, nous n’en avons pas tenu compte.
upstream-untrusted-step = Réessayez. Si cela se répète, appelez l’assistance et donnez la référence ci-dessous.
upstream-other-browser-title = Cette connexion ne peut pas se terminer ici
upstream-other-browser-text = Elle a été commencée dans un autre navigateur, elle a déjà servi, ou elle a duré trop longtemps.
upstream-other-browser-step = Recommencez : cela ne prend qu’un instant.
upstream-retry = Réessayer
upstream-help = Identifiant ou mot de passe perdu ?

## Un autre site

elsewhere-leaving = Ce bouton ouvre un autre site.

## Session ouverte

signed-in-title = Votre session est ouverte
signed-in-name = Nom
signed-in-identifier = Identifiant
signed-in-text = Pour continuer, retournez sur l’application que vous souhaitez utiliser : votre mot de passe ne vous sera pas redemandé.
signed-in-shared = Si cet appareil n’est pas le vôtre, déconnectez-vous avant de partir.
sign-out-button = Me déconnecter

## Autorisation

consent-title = Autoriser { $client } ?
consent-intro = L’application { $client } demande à utiliser votre compte.
consent-account = Votre compte
consent-site = Site de l’application
consent-list = Si vous acceptez, elle pourra :
consent-password = Votre mot de passe ne lui est jamais communiqué.
consent-allow = Autoriser
consent-deny = Refuser
permission-openid = vous reconnaître d’une fois à l’autre
permission-profile = connaître votre nom et votre profil
permission-email = connaître votre adresse électronique
permission-phone = connaître votre numéro de téléphone
permission-address = connaître votre adresse postale
permission-imagin = connaître votre situation, l’autorité dont vous dépendez et l’identifiant de votre convocation
permission-offline-access = garder cet accès quand vous n’êtes pas là

## Déconnexion

sign-out-title = Voulez-vous vous déconnecter ?
sign-out-by = La demande vient de l’application { $client }.
sign-out-account = Session ouverte au nom de { $name }.
sign-out-text = Toutes les applications ouvertes avec cette session se fermeront aussi.
sign-out-stay = Garder ma session ouverte
signed-out-title = Votre session est fermée
signed-out-text = Vous pouvez fermer cette page. Sur un ordinateur partagé, fermez aussi toutes les fenêtres du navigateur.
signed-out-return = Revenir à { $client }

## Quand quelque chose ne va pas

problem-not-found-title = Page introuvable
problem-not-found-text = Cette adresse ne mène à aucune page. Elle a peut-être été recopiée avec une erreur.
problem-not-found-step = Vérifiez l’adresse, ou repartez de l’application que vous souhaitez utiliser.
problem-method-not-allowed-title = Cette page ne s’ouvre pas ainsi
problem-method-not-allowed-text = L’adresse existe, mais elle a été demandée d’une façon qui n’est pas prévue.
problem-method-not-allowed-step = Revenez à la page précédente et servez-vous de ses boutons.
problem-bad-request-title = Demande incomprise
problem-bad-request-text = La demande que nous avons reçue est incomplète ou mal formée.
problem-bad-request-step = Retournez sur l’application d’où vous veniez et recommencez. Si cela se répète, appelez l’assistance.
problem-too-large-title = Envoi trop volumineux
problem-too-large-text = Le formulaire reçu contient beaucoup plus de texte que prévu.
problem-too-large-step = Revenez à la page précédente, effacez ce qui a pu être collé par erreur, puis recommencez.
problem-cross-site-title = Demande refusée par sécurité
problem-cross-site-text = Ce formulaire n’a pas été envoyé depuis nos pages, mais depuis un autre site.
problem-cross-site-step = Repartez de l’application que vous souhaitez utiliser, puis recommencez.
problem-unknown-client-title = Application inconnue
problem-unknown-client-text = L’application qui vous envoie ici n’est pas enregistrée auprès de notre service.
problem-unknown-client-step = Vérifiez l’adresse de départ sur votre convocation. Si elle est juste, appelez l’assistance.
problem-unregistered-redirect-title = Retour impossible vers l’application
problem-unregistered-redirect-text = L’application veut vous renvoyer vers une adresse qui n’est pas enregistrée. Pour votre sécurité, nous ne vous y envoyons pas.
problem-unregistered-redirect-step = Repartez de l’adresse habituelle de l’application. Si cela se répète, appelez l’assistance.
problem-request-from-elsewhere-title = Connexion commencée ailleurs
problem-request-from-elsewhere-text = Cette connexion a été commencée dans un autre navigateur ou sur un autre appareil, ou bien les cookies ont été effacés depuis.
problem-request-from-elsewhere-step = Retournez sur l’application et recommencez ici, depuis le début.
problem-request-expired-title = Cette demande de connexion a expiré
problem-request-expired-text = Elle a été commencée il y a plus de 20 heures.
problem-request-expired-step = Retournez sur l’application et recommencez : vos identifiants n’ont pas changé.
problem-busy-title = Beaucoup de monde en ce moment
problem-busy-text = Le service est très demandé et n’a pas pu traiter votre demande. Rien n’est perdu.
problem-busy-step = Attendez quelques secondes, puis recommencez.
problem-unavailable-title = Le service rencontre une difficulté
problem-unavailable-text = Une panne de notre côté empêche de traiter votre demande. Vous n’y êtes pour rien.
problem-unavailable-step = Réessayez dans quelques minutes. Si la panne dure, appelez l’assistance.
problem-application-disabled-title = Application fermée
problem-application-disabled-text = Il n’est pas possible de se connecter à cette application pour le moment.
problem-application-disabled-step = Réessayez plus tard, ou appelez l’assistance pour savoir quand elle rouvrira.

## Lettres à imprimer

sheet-file-title = Lettres – { $authority }
sheet-title = Vos identifiants pour « { $service } »
sheet-telephone = Téléphone : { $number }
sheet-mail = Courriel : { $address }
sheet-identifier = Votre identifiant
sheet-password = Votre mot de passe temporaire
sheet-until = Valable jusqu’au { $date }
sheet-own-password = Vous avez déjà un mot de passe personnel
sheet-own-password-hint = Utilisez-le : il n’a pas changé.
sheet-how = Pour vous connecter
sheet-step-open = Ouvrez cette adresse, ou photographiez le code ci-contre :
sheet-step-situation = Si votre situation vous est demandée, indiquez que vous êtes intervenant extérieur.
sheet-step-temporary = Saisissez votre identifiant et votre mot de passe temporaire. Majuscules, minuscules, espaces et tirets n’ont pas d’importance.
sheet-step-choose = Choisissez votre mot de passe personnel. Il remplace aussitôt celui de cette lettre.
sheet-step-personal = Saisissez votre identifiant et votre mot de passe personnel.
sheet-forgotten = Mot de passe oublié ? La page de connexion vous aide ; sinon, appelez le service dont les coordonnées figurent en haut à gauche.
sheet-in-english = To sign in, open the address above, then type your identifier and your temporary password.
sheet-own-in-english = To sign in, open the address above, then type your identifier and your own password.
sheet-code = L’adresse ci-contre, à photographier
sheet-keep = Ne communiquez votre mot de passe à personne, pas même par téléphone.
sheet-number = Lettre n° { $number }
# Les titres des onze colonnes du fichier de publipostage, séparés par des points-virgules.
sheet-csv-headings = numero_lettre; autorite; service; telephone; courriel; prenom; nom; identifiant; mot_de_passe_temporaire; valable_jusqu_au; adresse

## Dates

date = { $day } { $month } { $year }
date-first-day = 1er { $month } { $year }
date-and-time = { $date } à { $hour } h { $minute }
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
duration-minutes = { $number ->
    [one] une minute
   *[other] { $number } minutes
  }
duration-hours = { $number ->
    [one] une heure
   *[other] { $number } heures
  }
duration-days = { $number ->
    [one] un jour
   *[other] { $number } jours
  }

## Courriels

mail-greeting = Bonjour { $name },
mail-life = Ce lien est valable { $life } et ne sert qu’une fois.
mail-reset-password-subject = Choisir un nouveau mot de passe – { $service }
mail-reset-password-intro = Vous avez indiqué avoir oublié votre mot de passe pour « { $service } ». Pour en choisir un nouveau, ouvrez ce lien, sur l’appareil de votre choix.
mail-reset-password-action = Choisir un nouveau mot de passe
mail-reset-password-unasked = Vous n’avez rien demandé ? Ne faites rien : votre mot de passe ne change pas.
mail-confirm-address-subject = Confirmer votre adresse électronique – { $service }
mail-confirm-address-intro = Cette adresse a été indiquée pour votre compte « { $service } ». Confirmez-la : elle vous permettra de choisir un nouveau mot de passe en cas d’oubli.
mail-confirm-address-action = Confirmer mon adresse
mail-confirm-address-unasked = Vous n’êtes pas à l’origine de cette demande ? Ne faites rien : l’adresse ne sera pas utilisée.
mail-address-changed-subject = Votre adresse électronique a changé – { $service }
mail-address-changed-intro = L’adresse de votre compte « { $service } » est désormais { $address }. Les prochains courriels y seront envoyés.
mail-address-changed-unasked = Vous n’êtes pas à l’origine de ce changement ? Appelez sans attendre votre gestionnaire, dont les coordonnées figurent en haut à gauche de votre convocation.
mail-password-changed-subject = Votre mot de passe a changé – { $service }
mail-password-changed-intro = Le mot de passe de votre compte « { $service } » vient d’être changé.
mail-password-changed-unasked = Vous n’êtes pas à l’origine de ce changement ? Appelez sans attendre votre gestionnaire, dont les coordonnées figurent en haut à gauche de votre convocation.
