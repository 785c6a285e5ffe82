"""The page that the demonstration's person fills in: made here, so that nothing is fetched."""

FORM = """<!doctype html><meta charset="utf-8"><title>Demo shop - checkout</title>
<style>
 body { font: 20px/1.5 sans-serif; margin: 40px 60px; background: #fbfbf7; color: #222 }
 form { display: grid; grid-template-columns: 160px 360px; gap: 14px 18px; align-items: center }
 input { font: inherit; padding: 6px 10px; border: 1px solid #999; border-radius: 4px }
 .pic { width: 240px; height: 90px; margin: 24px 0; border-radius: 8px; background: linear-gradient(90deg, #27a, #7c4) }
</style>
<h1>Checkout</h1><div class="pic"></div>
<form onsubmit="return false">
 <label for="name">Name</label><input id="name" autofocus autocomplete="off">
 <label for="card">Card number</label><input id="card" autocomplete="off">
 <label for="password">Password</label><input id="password" type="password" autocomplete="off">
</form>
"""
